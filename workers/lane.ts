/** The entry of a lane's thread. */
import '../src/node-version.ts'

export { becomeLane as default } from '../src/threads/lane-entry.ts'
