/**
 * The lanes' lives: opened, replaced when they die, given up when they can't be replaced, closed.
 *
 * Owns: the handles.
 * Does not own: what a death does to deliveries (recovery).
 * Invariants: a lane that can't be replaced is given up after a bounded number of tries, and this
 * is reported; so is one that dies too often. A lane that dies before it has settled anything is
 * replaced after longer and longer pauses. Every wait for a lane is bounded.
 */
import type { Clock } from '../../clock.ts'
import { HeddleError } from '../../errors.ts'
import { allEnded, allOf, type Bounded, bounded, inSteps, pause } from '../../until.ts'
import type { DisposeProblem, LaneHandle, OpenLane } from '../../wire/lane-handle.ts'
import type { FromLane } from '../../wire/wire.ts'
import { type Blame, blameFor, type Toll } from './blame.ts'
import type { LaneChannel } from './lane-channel.ts'
import { type RestartBudget, Restarts } from './restarts.ts'

export interface FleetEvents {
  readonly record: (lane: LaneChannel, record: FromLane) => void
  readonly up: (lane: LaneChannel) => void
  /**
   * The lane is down; its shared memory still shows how far its turns were. Returns the result for
   * the turns that were blamed.
   */
  readonly died: (lane: LaneChannel, cause: unknown, blame: Blame) => Toll
  readonly gone: (lane: LaneChannel, cause: unknown) => void
  /** Called for a lane that was closed and replaced, or that was closed before. */
  readonly notDisposed: (problem: DisposeProblem) => void
}

/** Loads the agents that an opened lane can't run yet. Undefined: nothing is left to load. */
export type PrepareLane = (lane: LaneChannel, handle: LaneHandle) => Bounded<unknown> | undefined

const START_TRIES = 3
const RETRY_MS = 50

export class Fleet {
  readonly #lanes: readonly LaneChannel[]
  readonly #open: OpenLane
  readonly #prepare: PrepareLane
  readonly #clock: Clock
  readonly #events: FleetEvents
  readonly #budget: RestartBudget
  readonly #restarts: Restarts
  /** Lanes that are started and not ready yet. */
  readonly #opening = new Set<LaneHandle>()
  /** Replaced lanes that are still closing. */
  readonly #closing = new Set<Bounded<unknown>>()
  readonly #stopping = new AbortController()

  constructor(options: {
    readonly lanes: readonly LaneChannel[]
    readonly open: OpenLane
    readonly prepare: PrepareLane
    readonly clock: Clock
    readonly budget: RestartBudget
    readonly events: FleetEvents
  }) {
    this.#lanes = options.lanes
    this.#open = options.open
    this.#prepare = options.prepare
    this.#clock = options.clock
    this.#budget = options.budget
    this.#restarts = new Restarts(options.clock, options.budget)
    this.#events = options.events
  }

  /** Opens all lanes. Rejects as soon as one can't be opened; the others are left to `stop`. */
  start(): Bounded<void> {
    return inSteps(async () => {
      await bounded(allOf(this.#lanes.map((lane) => this.#openOnce(lane))))
    })
  }

  /**
   * Closes all lanes, including those that are being opened. Resolves to what was not disposed
   * well.
   */
  stop(): Bounded<DisposeProblem[]> {
    this.#stopping.abort()
    const open = this.#lanes.flatMap(({ handle }) => handle ?? [])
    const handles = [...open, ...this.#opening]
    return inSteps(async () => {
      const problems = await bounded(allOf(handles.map((handle) => handle.close())))
      await bounded(allOf([...this.#closing]))
      return problems.flat()
    })
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  #openOnce(lane: LaneChannel): Bounded<void> {
    return inSteps(async () => {
      const { generation } = lane
      let isOpen = false
      // Before the lane is open, its death shows as a failure to open.
      const isCurrent = () => isOpen && !this.#isStopping && lane.generation === generation
      const handle = this.#open(lane.index, generation, {
        record: (record) => {
          if (isCurrent()) this.#events.record(lane, record)
        },
        closed: (cause) => {
          if (isCurrent()) this.#died(lane, cause)
        },
        notDisposed: this.#events.notDisposed,
      })
      this.#opening.add(handle)
      try {
        await bounded(handle.start())
        for (;;) {
          const preparing = this.#prepare(lane, handle)
          if (preparing === undefined) break
          await bounded(preparing)
        }
        if (this.#isStopping) return // `stop` closes it
        isOpen = true
        lane.open(handle)
        this.#events.up(lane)
      } catch (error) {
        await bounded(handle.close())
        throw error
      } finally {
        this.#opening.delete(handle)
      }
    })
  }

  /**
   * Opens the lanes that were given up again, as if they had never died. Lanes that can't be opened
   * stay given up; rejects with the first of their errors.
   */
  restart(): Bounded<void> {
    const gone = this.#lanes.filter(({ status }) => status === 'gone')
    return inSteps(async () => {
      const opened = await bounded(allEnded(gone.map((lane) => this.#openAgain(lane))))
      const failed = opened.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    })
  }

  #openAgain(lane: LaneChannel): Bounded<void> {
    this.#restarts.forget(lane)
    lane.startAgain()
    return inSteps(async () => {
      try {
        await bounded(this.#openOnce(lane))
      } catch (error) {
        lane.failedToOpen()
        if (!this.#isStopping) this.#giveUp(lane, error)
        throw error
      }
    })
  }

  /** Takes a lane down and replaces it. What it has not committed runs again. */
  renew(lane: LaneChannel, cause: unknown): void {
    const { handle } = lane
    this.#events.died(lane, cause, { kind: 'nobody' })
    void this.#replace(lane, 0)
    if (handle !== undefined) this.#close(handle)
  }

  /** Closes a lane without waiting for it. */
  #close(handle: LaneHandle): void {
    const closed = inSteps(async () => {
      for (const problem of await bounded(handle.close())) this.#events.notDisposed(problem)
    })
    this.#closing.add(closed)
    void closed.then(() => this.#closing.delete(closed))
  }

  #died(lane: LaneChannel, cause: unknown): void {
    const hasSettled = lane.settled > 0
    const blame = blameFor(cause, lane.handle?.counters)
    const toll = this.#events.died(lane, cause, blame)
    const next = this.#restarts.after(lane, toll, hasSettled)
    if (next.kind === 'replace') return void this.#replace(lane, next.pauseMs)
    const fields = { lane: lane.index, deaths: next.deaths, withinMs: this.#budget.withinMs }
    this.#giveUp(lane, new HeddleError('HEDDLE_RESTART_BUDGET', fields, { cause }))
  }

  /** Nothing waits for the replacement: `stop` closes the lane that it opens. */
  async #replace(lane: LaneChannel, pauseMs: number): Promise<void> {
    if (pauseMs > 0) await bounded(this.#pause(pauseMs))
    let problem: unknown
    for (let tries = 1; tries <= START_TRIES && !this.#isStopping; tries++) {
      try {
        return await bounded(this.#openOnce(lane))
      } catch (error) {
        problem = error
        lane.failedToOpen()
        await bounded(this.#pause(RETRY_MS * tries))
      }
    }
    if (!this.#isStopping) this.#giveUp(lane, problem)
  }

  #giveUp(lane: LaneChannel, cause: unknown): void {
    lane.giveUp()
    this.#events.gone(lane, cause)
  }

  #pause(ms: number): Bounded<void> {
    return pause(this.#clock, ms, this.#stopping.signal)
  }
}
