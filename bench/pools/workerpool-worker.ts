import workerpool from 'workerpool'
import { chunk, noop, relay, reply } from '../rivals/pool-tasks.ts'

workerpool.worker({ noop, chunk, relay, reply })
