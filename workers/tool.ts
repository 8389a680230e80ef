/** The entry of a thread of a pool of tools. */
export { runCall as default } from '../src/tools/tool-thread.ts'
