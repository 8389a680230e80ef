/** The entry of a lane's thread. */
export { becomeLane as default } from '../src/threads/lane-entry.ts'
