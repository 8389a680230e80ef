import { type Registrable, type Runtime, SingleThreadedRuntime, ThreadedRuntime } from 'heddle'
import { runtimeOptions, threadedOptions } from '../load.ts'
import type { Findings, Setting } from '../question.ts'
import { race } from '../race.ts'
import { ratioOf, spreadOf } from '../spread.ts'
import { onStage } from '../stage.ts'
import { bestPool } from './best-pool.ts'
import { enterPools, lapOfEach, type Pool } from './pools.ts'

/** What a runtime and a pool do in a lap. Both resolve with their rate per second. */
export interface Laps {
  readonly agents: readonly Registrable[]
  readonly runtime: (runtime: Runtime) => Promise<number>
  readonly pool: (pool: Pool) => Promise<number>
}

/** Races both runtimes against every pool, and compares them with the best pool. */
export function besidePools(setting: Setting, { agents, ...laps }: Laps): Promise<Findings> {
  return onStage(async (stage) => {
    const threaded = await stage.enter(ThreadedRuntime.start({ ...threadedOptions, agents }))
    const single = await stage.enter(SingleThreadedRuntime.start({ ...runtimeOptions, agents }))
    const pools = await enterPools(stage)
    const rates = await race(
      {
        threaded: () => laps.runtime(threaded),
        single: () => laps.runtime(single),
        ...lapOfEach(pools, laps.pool),
      },
      setting,
    )
    const pool = rates[bestPool(rates)]
    return {
      figures: {
        threadedPerSecond: spreadOf(rates.threaded),
        singlePerSecond: spreadOf(rates.single),
        poolPerSecond: spreadOf(pool),
      },
      ratios: {
        overPool: ratioOf(rates.threaded, pool),
        overSingle: ratioOf(rates.threaded, rates.single),
      },
    }
  })
}
