import { ThreadWorker } from 'poolifier'
import { chunk, noop, relay, reply } from '../rivals/pool-tasks.ts'

/** The types of poolifier require that each task function takes data of any shape, or none. */
const tasks = { noop, chunk, relay, reply } as Record<string, (data?: unknown) => unknown>

export default new ThreadWorker(tasks)
