/** A lane of a simulation: its records wait for the scheduler, and it ends at random points. */
import type { Registrable } from '../agents/agent-module.ts'
import { outsideTurns } from '../agents/turn-context.ts'
import { systemClock } from '../clock.ts'
import { errorToRecord, HeddleError } from '../errors.ts'
import { Lane } from '../lane/lane.ts'
import { LaneAgents } from '../lane/lane-agents.ts'
import { loadHere } from '../lane/load-agent.ts'
import { watchFaults } from '../lane/turn-faults.ts'
import { type Bounded, inSteps, untilAborted, untilLate } from '../until.ts'
import { Counters } from '../wire/counters.ts'
import type { DisposeProblem, LaneEvents, LaneHandle, LoadedAgent } from '../wire/lane-handle.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'
import type { FromLane, ToLane } from '../wire/wire.ts'
import type { Border } from './border.ts'
import type { Harm, Reaper } from './harm.ts'
import type { Scheduler } from './scheduler.ts'

/** A lane that does not answer. */
export interface StuckLane {
  /** The lane's number. */
  readonly lane: number
  /** The lane's generation: 0 at first, and one more for each replacement. Default: all. */
  readonly generation?: number
  /**
   * `start`: it never becomes a lane. `load`: it never gets an agent ready. `close`: it never
   * reports that it has disposed what it holds.
   */
  readonly at: 'start' | 'load' | 'close'
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

/** The extra time that a thread which does not answer is given beyond its own deadline. */
const GRACE_MS = 2_000

export class SimulatedLane implements LaneHandle {
  readonly #counters: Counters
  readonly #options: SimulatedLaneOptions
  readonly #agents: LaneAgents
  readonly #lane: Lane
  /**
   * The keys of the lane's two streams in the scheduler: records on their way in die with the lane,
   * records on their way out arrive.
   */
  readonly #inward = {}
  readonly #outward = {}
  readonly #unwatch = watchFaults()
  #isDead = false
  /** Aborts when the lane is closed or dies, so that nothing waits for it. */
  readonly #gone = new AbortController()
  #closing: Bounded<readonly DisposeProblem[]> | undefined

  constructor(options: SimulatedLaneOptions) {
    const { settings, index, scheduler, reaper, failures, events } = options
    this.#options = options
    this.#counters = Counters.create()
    this.#agents = new LaneAgents(
      ...[index, systemClock, settings.setupDeadlineMs, events.notDisposed],
    )
    this.#lane = new Lane({
      settings,
      agents: this.#agents,
      counters: this.#counters,
      clock: scheduler.clockFor(this),
      stands: 'beside-router',
      busyMs: () => scheduler.random.next() * 20, // gives credits of all sizes
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

  /** Its thread always returns to its event loop: each look sees a beat. */
  get counters(): Counters {
    this.#counters.beat()
    return this.#counters
  }

  kill(cause: Error): void {
    this.#die(cause)
  }

  post(record: ToLane): void {
    if (this.#isDead) return // like a post to a dead thread, which is silently dropped
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

  /** Waits for an answer that never comes, as long as this lane exists. */
  #neverAnswers(late: (problem: string) => never): Bounded<never> {
    const never = untilAborted(new Promise<never>(() => {}), this.#gone.signal)
    return this.#never(this.#options.settings.setupDeadlineMs + GRACE_MS, never, late)
  }

  /** Waits in simulated time. */
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
