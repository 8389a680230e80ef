/**
 * A runtime whose lanes are in this thread, under a seeded scheduler. The scheduler chooses the
 * order of all that crosses between lanes and router, and ends lanes at the points where a death
 * matters. The router, ledger, mailboxes, turns and commits are the real ones. Handlers may await
 * what the runtime gives them and promises that settle by themselves, and nothing else: see
 * `outside`.
 */
import type { KillPoint } from '../lane/lane-options.ts'
import { checkCount } from '../option-check.ts'
import { Runtime } from '../runtime/local-runtime.ts'
import { MOST_LANES } from '../runtime/options.ts'
import { Border, type OutsideAwait } from './border.ts'
import { Harm, Reaper } from './harm.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedLane, type StuckLane } from './simulated-lane.ts'
import type { SimulatedOptions } from './simulated-options.ts'
import { checkSimulated } from './simulated-options.ts'

/** What a simulation has done so far. */
export interface Simulation {
  /** Events that the scheduler has chosen. */
  readonly steps: number
  /** How many lanes were ended, by kill point. */
  readonly kills: Readonly<Record<KillPoint | 'between', number>>
  /** How many lanes were drained and renewed, or were due for it when they died. */
  readonly fills: number
  /** How many handlers were made to fail. */
  readonly failures: number
  /** How often a key was taken back from a lane because another lane was idle. */
  readonly recalls: number
  /**
   * The turns that awaited something outside the simulation, in the order in which they were found.
   */
  readonly outside: readonly OutsideAwait[]
}

/** Starts a simulated runtime. Rejects with what `SingleThreadedRuntime.start` rejects with. */
export async function startSimulated(
  given: SimulatedOptions = {},
): Promise<{ runtime: Runtime; simulation: Simulation }> {
  const options = checkSimulated(given)
  const border = new Border(options.outside ?? 'refuse')
  const scheduler = new Scheduler(options.seed ?? 1, () => border.patrol())
  const reaper = new Reaper(scheduler, options.kills)
  const failures = new Harm(scheduler, options.failures)
  const fills = new Harm(scheduler, options.fills)
  const recalls = { count: 0 }
  const clock = scheduler.clockFor(scheduler)
  const { report = 'off', stuck = [] } = options
  const runtime = await Runtime.start(
    { ...options, clock, report },
    {
      lanes: checkCount('lanes', options.lanes ?? 2, { most: MOST_LANES }),
      mainLane: true,
      check: () => {},
      open: (settings) => (index, generation, events) => {
        const isStuck = (at: StuckLane['at']) =>
          stuck.some((one) => {
            const { generation: which = generation } = one
            return one.at === at && one.lane === index && which === generation
          })
        const harm = { reaper, failures, fills, recalls, border, isStuck }
        return new SimulatedLane({ settings, index, events, scheduler, ...harm })
      },
    },
  )
  reaper.isActive = true
  scheduler.afterStep = () => Runtime.checkBooks(runtime)
  const simulation: Simulation = {
    get steps() {
      return scheduler.steps
    },
    kills: reaper.kills,
    get fills() {
      return fills.done
    },
    get failures() {
      return failures.done
    },
    get recalls() {
      return recalls.count
    },
    outside: border.crossed,
  }
  return { runtime, simulation }
}
