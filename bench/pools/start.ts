/** The pools that are packages of this folder. */
import { fileURLToPath } from 'node:url'
import { FixedThreadPool } from 'poolifier'
import Tinypool from 'tinypool'
import workerpool from 'workerpool'
import { IN_FLIGHT, THREADS } from '../load.ts'
import { type Pool, type PoolStarts, TASKS } from '../rivals/pools.ts'

export const starts: PoolStarts = {
  tinypool: startTinypool,
  workerpool: startWorkerpool,
  poolifier: startPoolifier,
}

function startTinypool(): Pool {
  const pool = new Tinypool({
    filename: TASKS,
    minThreads: THREADS,
    maxThreads: THREADS,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: IN_FLIGHT / THREADS,
  })
  return { run: (name, payload) => pool.run(payload, { name }), stop: () => pool.destroy() }
}

function startWorkerpool(): Pool {
  const script = fileURLToPath(new URL('./workerpool-worker.ts', import.meta.url))
  const options = { minWorkers: THREADS, maxWorkers: THREADS, workerType: 'thread' } as const
  const pool = workerpool.pool(script, options)
  return { run: (task, payload) => pool.exec(task, [payload]), stop: async () => pool.terminate() }
}

function startPoolifier(): Pool {
  const script = fileURLToPath(new URL('./poolifier-worker.ts', import.meta.url))
  const pool = new FixedThreadPool(THREADS, script, { enableEvents: false })
  return { run: (task, payload) => pool.execute(payload, task), stop: () => end(pool) }
}

/**
 * `destroy` sometimes loses track of a thread and never resolves, but it keeps ended threads from
 * being replaced.
 */
async function end(pool: FixedThreadPool): Promise<void> {
  const threads = pool.workerNodes.map(({ worker }) => worker)
  void pool.destroy()
  await Promise.all(threads.map((thread) => thread.terminate?.()))
}
