/**
 * Four general thread pools behind one interface, each in the configuration that proved fastest at
 * many small tasks.
 */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { FixedThreadPool } from 'poolifier'
import Tinypool from 'tinypool'
import workerpool from 'workerpool'
import { IN_FLIGHT, THREADS } from '../load.ts'
import type { Stage } from '../stage.ts'
import type { PoolTask } from './pool-tasks.ts'

export interface Pool {
  run(task: PoolTask, payload: unknown): PromiseLike<unknown>
  stop(): PromiseLike<unknown>
}

export type PoolName = 'piscina' | 'tinypool' | 'workerpool' | 'poolifier'

export type Pools = Readonly<Record<PoolName, Pool>>

const POOLS: Readonly<Record<PoolName, () => Pool>> = {
  piscina: () => startPiscina({ concurrentTasksPerWorker: IN_FLIGHT / THREADS }),
  tinypool: startTinypool,
  workerpool: startWorkerpool,
  poolifier: startPoolifier,
}

export const POOL_NAMES = Object.keys(POOLS) as readonly PoolName[]

export async function enterPools(stage: Stage): Promise<Pools> {
  const pools: Partial<Record<PoolName, Pool>> = {}
  for (const name of POOL_NAMES) pools[name] = await stage.enter(POOLS[name]())
  return pools as Pools
}

/** One contestant for each pool, to be spread into a race. */
export function lapOfEach<Result>(pools: Pools, lap: (pool: Pool) => Promise<Result>) {
  return contestants('', pools, lap)
}

/**
 * The same for pools that are fed chunks. They have names of their own, so that they can race
 * beside those of `lapOfEach`.
 */
export function chunkedLapOfEach<Result>(pools: Pools, lap: (pool: Pool) => Promise<Result>) {
  return contestants('chunked ', pools, lap)
}

function contestants<Prefix extends string, Result>(
  prefix: Prefix,
  pools: Pools,
  lap: (pool: Pool) => Promise<Result>,
): Record<`${Prefix}${PoolName}`, () => Promise<Result>> {
  const laps = POOL_NAMES.map((name) => [`${prefix}${name}`, () => lap(pools[name])] as const)
  return Object.fromEntries(laps) as Record<`${Prefix}${PoolName}`, () => Promise<Result>>
}

const TASKS = fileURLToPath(new URL('./pool-tasks.ts', import.meta.url))

/**
 * Without options it has piscina's defaults: a thread gets a task when it has finished the one
 * before.
 */
export function startPiscina(options: { concurrentTasksPerWorker?: number } = {}): Pool {
  const pool = new Piscina({
    filename: TASKS,
    minThreads: THREADS,
    maxThreads: THREADS,
    idleTimeout: Number.POSITIVE_INFINITY,
    recordTiming: false,
    ...options,
  })
  const run = {
    noop: { name: 'noop' },
    chunk: { name: 'chunk' },
    relay: { name: 'relay' },
    reply: { name: 'reply' },
  }
  return { run: (task, payload) => pool.run(payload, run[task]), stop: () => pool.destroy() }
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
