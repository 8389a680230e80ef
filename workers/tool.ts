/** The entry of a thread of a pool of tools. */
import { setPriority } from 'node:os'
import { reportLeftBehind } from '../src/tools/tool-thread.ts'

export { runCall as default } from '../src/tools/tool-thread.ts'

/**
 * Below the others of the process, so that lanes and the main thread get a core at once when they
 * have something to do. Only Linux has priorities for threads; elsewhere, this would be the
 * process's.
 */
const NICE = 5
if (process.platform === 'linux') setPriority(NICE)

reportLeftBehind()
