/**
 * A runtime whose lanes stand in this thread, under a seeded scheduler that chooses the order of all that crosses between them
 * and the router, and ends lanes where a death means something. The router, ledger, mailboxes, turns and commits are the real ones.
 * Handlers may await what the runtime gives them and promises that settle by themselves, and nothing else: see `outside`.
 */
import { systemClock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { Counters } from '../runtime/counters.ts'
import { enterTurn, loadHere } from '../runtime/in-process-lane.ts'
import { type KillPoint, Lane } from '../runtime/lane.ts'
import { LaneAgents } from '../runtime/lane-agents.ts'
import type { LaneEvents, LaneHandle } from '../runtime/lane-channel.ts'
import type { LaneSettings } from '../runtime/lane-settings.ts'
import { checkCount, type RuntimeOptions } from '../runtime/options.ts'
import { Runtime } from '../runtime/runtime.ts'
import type { FromLane, ToLane } from '../runtime/wire.ts'
import { Scheduler } from './scheduler.ts'

/** What `startSimulated` is told. */
export interface SimulatedOptions extends Omit<RuntimeOptions, 'clock'> {
  /** Default 1. The same seed and the same calls give the same run. */
  readonly seed?: number
  /** Default 2. */
  readonly lanes?: number
  /** Ends lanes: at each kill point with this probability, `most` times in all. Default: never. */
  readonly kills?: Chance
  /**
   * Makes turns fail with HEDDLE_INJECTED: with this probability before a handler runs, and again after it has ended well, `most` times in all.
   * Default: never.
   */
  readonly failures?: Chance
  /** Fills the heaps of lanes, so that they are drained and renewed: with this probability at each record that one gets. Default: never. */
  readonly fills?: Chance
  /**
   * What becomes of a turn that awaits what no seed can repeat: a real timer, a file, a network. `refuse` (the default): it fails with
   * HEDDLE_OUTSIDE_AWAIT. `report`: it goes on, and stands in `simulation.outside`. A turn that has asked for its `signal` may wait for that.
   */
  readonly outside?: 'refuse' | 'report'
}

/** How often a simulation does harm: with this probability, from 0 to 1, wherever it could, and `most` times in all. */
export interface Chance {
  readonly probability: number
  readonly most: number
}

/** A turn that awaited something that the simulation does not know. */
export interface OutsideAwait {
  readonly agent: string
  readonly message: string
}

/** What a simulation has done so far. */
export interface Simulation {
  /** Events that the scheduler has chosen. */
  readonly steps: number
  /** How many lanes were ended, by the point at which it happened. */
  readonly kills: Readonly<Record<KillPoint | 'between', number>>
  /** How many lanes were drained and renewed, or were to be when they died. */
  readonly fills: number
  /** How many handlers were made to fail. */
  readonly failures: number
  /** How often a key was taken back from a lane, as another had nothing to do. */
  readonly recalls: number
  /** Turns that awaited something that it does not know, in the order in which that was seen. */
  readonly outside: readonly OutsideAwait[]
}

/** Starts a simulated runtime. Rejects with what `SingleThreadedRuntime.start` rejects with. */
export async function startSimulated(
  options: SimulatedOptions = {},
): Promise<{ runtime: Runtime; simulation: Simulation }> {
  const border = new Border(options.outside ?? 'refuse')
  const scheduler = new Scheduler(options.seed ?? 1, () => border.patrol())
  const reaper = new Reaper(scheduler, options.kills)
  const failures = new Harm(scheduler, options.failures)
  const fills = new Harm(scheduler, options.fills)
  const recalls = { count: 0 }
  const clock = scheduler.clockFor(scheduler)
  const runtime = await Runtime.start(
    { ...options, clock },
    {
      lanes: checkCount('lanes', options.lanes ?? 2),
      mainLane: true,
      check: () => {},
      open: (settings) => {
        return async (index, _generation, events) =>
          new SimulatedLane({
            ...{ settings, index, events, scheduler },
            ...{ reaper, failures, fills, recalls, border },
          })
      },
    },
  )
  reaper.isActive = true
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

/** Looks for turns that await what the simulation does not know: when nothing else can happen, they are those that still wait. */
class Border {
  readonly crossed: OutsideAwait[] = []
  readonly lanes = new Set<Lane>()
  readonly #policy: 'refuse' | 'report'
  readonly #seen = new WeakSet<object>()

  constructor(policy: 'refuse' | 'report') {
    this.#policy = policy
  }

  patrol(): void {
    for (const lane of this.lanes) {
      for (const run of lane.turnsOutside()) {
        if (this.#seen.has(run)) continue
        this.#seen.add(run)
        const { agent, key, message } = run.delivery
        const found = { agent: `${agent}/${key}`, message }
        this.crossed.push(found)
        if (this.#policy === 'refuse') {
          lane.refuse(run, new HeddleError('HEDDLE_OUTSIDE_AWAIT', found))
        }
      }
    }
  }
}

/** Some points come so seldom that a lane would hardly ever end there. */
const RARE = 20

/** Decides when a lane ends. */
class Reaper {
  /** Lanes are spared until the runtime has started. */
  isActive = false
  readonly kills = {
    'before-begin': 0,
    'claim-lost': 0,
    recalled: 0,
    begun: 0,
    ended: 0,
    posted: 0,
    between: 0,
  }
  readonly #harm: Harm

  constructor(scheduler: Scheduler, kills: Chance | undefined) {
    this.#harm = new Harm(scheduler, kills)
  }

  decides(point: keyof Reaper['kills']): boolean {
    const weight = point === 'claim-lost' || point === 'recalled' ? RARE : 1
    if (!this.isActive || !this.#harm.isDue(weight)) return false
    this.kills[point]++
    return true
  }
}

/** Harm by chance, so many times at most. */
class Harm {
  done = 0
  readonly #scheduler: Scheduler
  readonly #chance: Chance

  constructor(scheduler: Scheduler, chance: Chance = { probability: 0, most: 0 }) {
    this.#scheduler = scheduler
    this.#chance = chance
  }

  /** `weight`: how much more likely than elsewhere. */
  isDue(weight = 1): boolean {
    const { probability, most } = this.#chance
    if (this.done >= most || this.#scheduler.random.next() >= probability * weight) return false
    this.done++
    return true
  }
}

interface SimulatedLaneOptions {
  readonly settings: LaneSettings
  readonly index: number
  readonly events: LaneEvents
  readonly scheduler: Scheduler
  readonly reaper: Reaper
  readonly failures: Harm
  readonly fills: Harm
  readonly recalls: { count: number }
  readonly border: Border
}

class SimulatedLane implements LaneHandle {
  readonly #counters: Counters
  readonly #options: SimulatedLaneOptions
  readonly #agents: LaneAgents
  readonly #lane: Lane
  /** The two streams, as names for the scheduler: what is on its way in dies with the lane, what is on its way out arrives. */
  readonly #inward = {}
  readonly #outward = {}
  #isDead = false

  constructor(options: SimulatedLaneOptions) {
    const { settings, index, scheduler, reaper, failures, events } = options
    this.#options = options
    this.#counters = Counters.create(settings.turnsPerLane)
    this.#agents = new LaneAgents(index, systemClock, settings.setupDeadlineMs)
    this.#lane = new Lane({
      settings,
      agents: this.#agents,
      counters: this.#counters,
      clock: scheduler.clockFor(this),
      busyMs: () => scheduler.random.next() * 20, // credits of all sizes
      enter: enterTurn,
      post: (record) => this.#post(record, events),
      probe: (point) => {
        if (reaper.decides(point)) this.#die()
      },
      inject: ({ agent, key, message }) => {
        if (!failures.isDue()) return
        throw new HeddleError('HEDDLE_INJECTED', { agent: `${agent}/${key}`, message })
      },
    })
    options.border.lanes.add(this.#lane)
  }

  /** Its thread always comes back to its loop: whoever looks sees a beat. */
  get counters(): Counters {
    this.#counters.beat()
    return this.#counters
  }

  kill(cause: Error): void {
    this.#die(cause)
  }

  post(record: ToLane): void {
    if (this.#isDead) return // as a post to a dead thread: silently nothing
    const copy = structuredClone(record)
    const { scheduler, reaper, fills, recalls } = this.#options
    if (record.kind === 'recall') recalls.count += record.keys.length
    scheduler.add(this.#inward, () => {
      if (fills.isDue()) this.#counters.heapPercent = 100
      this.#lane.receive(copy)
      if (reaper.decides('between')) this.#die()
    })
  }

  load: LaneHandle['load'] = (agent) => loadHere(this.#agents, agent)

  hold(): void {}

  async close(): Promise<void> {
    this.#isDead = true
    this.#end()
    await this.#agents.dispose()
  }

  #post(record: FromLane, events: LaneEvents): void {
    const copy = structuredClone(record)
    this.#options.scheduler.add(this.#outward, () => events.record(copy))
  }

  #die(cause = new Error('ended by the simulation')): void {
    if (this.#isDead) return
    const { scheduler, events } = this.#options
    this.#isDead = true
    this.#end()
    scheduler.drop(this.#inward)
    scheduler.drop(this)
    scheduler.add(this.#outward, () => events.closed(cause))
  }

  #end(): void {
    this.#lane.kill()
    this.#options.border.lanes.delete(this.#lane)
  }
}
