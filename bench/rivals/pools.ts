/**
 * Four general thread pools behind one interface, each in the configuration that proved fastest at
 * many small tasks.
 */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { IN_FLIGHT, THREADS } from '../load.ts'
import type { Stage } from '../stage.ts'
import type { PoolTask } from './pool-tasks.ts'

export interface Pool {
  run(task: PoolTask, payload: unknown): PromiseLike<unknown>
  stop(): PromiseLike<unknown>
}

export type PoolName = (typeof POOL_NAMES)[number]

export type Pools = Readonly<Record<PoolName, Pool>>

export const POOL_NAMES = ['piscina', 'tinypool', 'workerpool', 'poolifier'] as const

/** What a question that uses pools has to name as its packages. */
export const POOL_PACKAGES = new URL('../pools/', import.meta.url)

/** The module of that folder. It is loaded when it is used, since its packages may be missing. */
export type PoolStarts = Readonly<Record<Exclude<PoolName, 'piscina'>, () => Pool>>

export async function enterPools(stage: Stage): Promise<Pools> {
  const { starts }: { starts: PoolStarts } = await import(new URL('start.ts', POOL_PACKAGES).href)
  return {
    piscina: await stage.enter(startPiscina({ concurrentTasksPerWorker: IN_FLIGHT / THREADS })),
    tinypool: await stage.enter(starts.tinypool()),
    workerpool: await stage.enter(starts.workerpool()),
    poolifier: await stage.enter(starts.poolifier()),
  }
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

export const TASKS = fileURLToPath(new URL('./pool-tasks.ts', import.meta.url))

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
