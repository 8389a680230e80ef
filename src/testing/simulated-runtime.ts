/**
 * A runtime whose lanes stand in this thread, under a seeded scheduler that chooses the order of all that crosses between them
 * and the router, and ends lanes where a death means something. The router, ledger, mailboxes, turns and commits are the real ones.
 * Handlers may await what the runtime gives them and promises that settle by themselves, and nothing else: see `outside`.
 */
import type { Registrable } from '../agents/agent-module.ts'
import { outsideTurns } from '../agents/turn-context.ts'
import { systemClock } from '../clock.ts'
import { errorToRecord, HeddleError } from '../errors.ts'
import { type KillPoint, Lane } from '../lane/lane.ts'
import { LaneAgents } from '../lane/lane-agents.ts'
import { loadHere } from '../lane/load-agent.ts'
import { watchFaults } from '../lane/turn-faults.ts'
import { checkCount } from '../option-check.ts'
import { MOST_LANES, type RuntimeOptions } from '../runtime/options.ts'
import { Runtime } from '../runtime/runtime.ts'
import { type Bounded, inSteps, untilAborted, untilLate } from '../until.ts'
import { Counters } from '../wire/counters.ts'
import type { DisposeProblem, LaneEvents, LaneHandle, LoadedAgent } from '../wire/lane-handle.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'
import type { FromLane, ToLane } from '../wire/wire.ts'
import { Scheduler } from './scheduler.ts'
import { checkSimulated } from './simulated-options.ts'

/** What `startSimulated` is told. */
export interface SimulatedOptions extends Omit<RuntimeOptions, 'clock' | 'report'> {
  /** Default 1. The same seed and the same calls give the same run. */
  readonly seed?: number
  /** Default 2. */
  readonly lanes?: number
  /** Default `off`: what is made to fail here is meant to. Else as on every runtime. */
  readonly report?: RuntimeOptions['report']
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
  /** Lanes that at some point do not answer any more, as a thread does not that never comes back to its loop. Default: none. */
  readonly stuck?: readonly StuckLane[]
}

/** A lane that does not answer. */
export interface StuckLane {
  /** The lane's number. */
  readonly lane: number
  /** Its first `generation` is 0; each replacement is one more. Default: all. */
  readonly generation?: number
  /** `start`: it never becomes a lane. `load`: it never has an agent ready. `close`: it never tells that it has disposed what it holds. */
  readonly at: 'start' | 'load' | 'close'
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
  readonly isStuck: (at: StuckLane['at']) => boolean
}

/** What a thread that does not answer is given beyond its own deadline. */
const GRACE_MS = 2_000

class SimulatedLane implements LaneHandle {
  readonly #counters: Counters
  readonly #options: SimulatedLaneOptions
  readonly #agents: LaneAgents
  readonly #lane: Lane
  /** The two streams, as names for the scheduler: what is on its way in dies with the lane, what is on its way out arrives. */
  readonly #inward = {}
  readonly #outward = {}
  readonly #unwatch = watchFaults()
  #isDead = false
  /** Aborts when it is closed or dies, so that nothing waits for it. */
  readonly #gone = new AbortController()
  #closing: Bounded<readonly DisposeProblem[]> | undefined

  constructor(options: SimulatedLaneOptions) {
    const { settings, index, scheduler, reaper, failures, events } = options
    this.#options = options
    this.#counters = Counters.create(settings.turnsPerLane)
    this.#agents = new LaneAgents(
      ...[index, systemClock, settings.setupDeadlineMs, events.notDisposed],
    )
    this.#lane = new Lane({
      settings,
      agents: this.#agents,
      counters: this.#counters,
      clock: scheduler.clockFor(this),
      stands: 'beside-router',
      busyMs: () => scheduler.random.next() * 20, // credits of all sizes
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

  start(): Bounded<void> {
    const { isStuck, index } = this.#options
    if (!isStuck('start')) return inSteps(async () => {})
    return this.#neverAnswers((problem) => {
      throw new HeddleError('HEDDLE_LANE_START_FAILED', { lane: index, problem })
    })
  }

  load(agent: Registrable): Bounded<LoadedAgent> {
    if (!this.#options.isStuck('load')) return loadHere(this.#agents, agent)
    const { type } = agent.kind === 'registration' ? agent : agent.spec
    return this.#neverAnswers((problem) => {
      const error = new HeddleError('HEDDLE_SETUP_FAILED', { agent: type, problem })
      this.#die(error)
      throw error
    })
  }

  hold(): void {}

  close(): Bounded<readonly DisposeProblem[]> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #close(): Bounded<readonly DisposeProblem[]> {
    this.#isDead = true
    this.#end()
    const disposed = outsideTurns(() => this.#agents.dispose())
    const { isStuck, index } = this.#options
    if (!isStuck('close')) return disposed
    return this.#never(GRACE_MS, new Promise<never>(() => {}), (problem) => {
      const error = errorToRecord(new Error(problem))
      return [{ lane: index, of: 'lane', name: undefined, error }]
    })
  }

  /** Waits for what does not come, as long as this lane is there. */
  #neverAnswers(late: (problem: string) => never): Bounded<never> {
    const never = untilAborted(new Promise<never>(() => {}), this.#gone.signal)
    return this.#never(this.#options.settings.setupDeadlineMs + GRACE_MS, never, late)
  }

  /** The wait is of simulated time. */
  #never<T>(ms: number, answer: Promise<never>, late: (problem: string) => T): Bounded<T> {
    const { scheduler, index } = this.#options
    return untilLate(scheduler.clockFor(scheduler), ms, answer, () => {
      return late(`lane ${index} did not answer within ${ms} ms`)
    })
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
    this.#gone.abort(new Error('it was closed'))
    this.#lane.kill()
    this.#unwatch()
    this.#options.border.lanes.delete(this.#lane)
  }
}
