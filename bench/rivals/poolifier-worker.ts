import { ThreadWorker } from 'poolifier'
import { chunk, noop, relay, reply } from './pool-tasks.ts'

/** Its types let each task function take data of any shape, or none. */
const tasks = { noop, chunk, relay, reply } as Record<string, (data?: unknown) => unknown>

export default new ThreadWorker(tasks)
