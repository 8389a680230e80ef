/**
 * The lanes' lives: opened, replaced when they die, given up when they can't be replaced, closed.
 *
 * Owns: the handles. Does not own: what a death does to deliveries (recovery).
 * Invariants: a lane that can't be replaced is given up after a bounded number of tries, and said to be; so is one that
 * dies too often. One that dies before it has settled anything is replaced later and later.
 */
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { type Blame, blameFor, type Toll } from './blame.ts'
import type { LaneChannel, LaneEvents, LaneHandle } from './lane-channel.ts'
import { type RestartBudget, Restarts } from './restarts.ts'
import type { FromLane } from './wire.ts'

/** Starts one generation of a lane, with all agents loaded. Rejects when it can't. */
export type OpenLane = (
  index: number,
  generation: number,
  events: LaneEvents,
) => Promise<LaneHandle>

export interface FleetEvents {
  readonly record: (lane: LaneChannel, record: FromLane) => void
  readonly up: (lane: LaneChannel) => void
  /** The lane is down; `open` are the slots of its turns that had begun and were not committed. Returns what became of those blamed. */
  readonly died: (lane: LaneChannel, cause: unknown, open: readonly number[], blame: Blame) => Toll
  readonly gone: (lane: LaneChannel, cause: unknown) => void
}

const START_TRIES = 3
const RETRY_MS = 50

export class Fleet {
  readonly #lanes: readonly LaneChannel[]
  readonly #open: OpenLane
  readonly #clock: Clock
  readonly #events: FleetEvents
  readonly #budget: RestartBudget
  readonly #restarts: Restarts
  readonly #replacing = new Set<Promise<void>>()
  #stopping = false

  constructor(options: {
    readonly lanes: readonly LaneChannel[]
    readonly open: OpenLane
    readonly clock: Clock
    readonly budget: RestartBudget
    readonly events: FleetEvents
  }) {
    this.#lanes = options.lanes
    this.#open = options.open
    this.#clock = options.clock
    this.#budget = options.budget
    this.#restarts = new Restarts(options.clock, options.budget)
    this.#events = options.events
  }

  /** Opens all lanes. When one can't be, closes the others and rejects with its error. */
  async start(): Promise<void> {
    const opened = await Promise.allSettled(this.#lanes.map((lane) => this.#openOnce(lane)))
    const failed = opened.find((outcome) => outcome.status === 'rejected')
    if (failed === undefined) return
    await this.stop()
    throw failed.reason
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#replacing, ...this.#lanes.map((lane) => lane.handle?.close())])
  }

  async #openOnce(lane: LaneChannel): Promise<void> {
    const { generation } = lane
    let isOpen = false
    // Before it is open, a death shows as a failure to open.
    const isCurrent = () => isOpen && !this.#stopping && lane.generation === generation
    const handle = await this.#open(lane.index, generation, {
      record: (record) => {
        if (isCurrent()) this.#events.record(lane, record)
      },
      closed: (cause) => {
        if (isCurrent()) this.#died(lane, cause)
      },
    })
    if (this.#stopping) return handle.close()
    isOpen = true
    lane.open(handle)
    this.#events.up(lane)
  }

  /**
   * Opens the lanes again that were given up, as if they had never died. Rejects with the first error of those that can't be opened: they
   * stay given up.
   */
  async restart(): Promise<void> {
    const gone = this.#lanes.filter(({ status }) => status === 'gone')
    const opened = await Promise.allSettled(gone.map((lane) => this.#openAgain(lane)))
    const failed = opened.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async #openAgain(lane: LaneChannel): Promise<void> {
    this.#restarts.forget(lane)
    lane.status = 'starting'
    try {
      await this.#openOnce(lane)
    } catch (error) {
      lane.generation++
      if (!this.#stopping) this.#giveUp(lane, error)
      throw error
    }
  }

  /** Takes a lane down and replaces it. What it has not committed runs again. */
  renew(lane: LaneChannel, cause: unknown): void {
    const { handle } = lane
    this.#events.died(lane, cause, slotsOf(lane), { kind: 'nobody' })
    this.#replaceSoon(lane, 0)
    void handle?.close()
  }

  #died(lane: LaneChannel, cause: unknown): void {
    const hasSettled = lane.settled > 0
    const blame = blameFor(cause, lane.handle?.counters)
    const toll = this.#events.died(lane, cause, slotsOf(lane), blame)
    const next = this.#restarts.after(lane, toll, hasSettled)
    if (next.kind === 'replace') return this.#replaceSoon(lane, next.pauseMs)
    const fields = { lane: lane.index, deaths: next.deaths, withinMs: this.#budget.withinMs }
    this.#giveUp(lane, new HeddleError('HEDDLE_RESTART_BUDGET', fields, { cause }))
  }

  #replaceSoon(lane: LaneChannel, pauseMs: number): void {
    const replaced = this.#replace(lane, pauseMs)
    this.#replacing.add(replaced)
    void replaced.then(() => this.#replacing.delete(replaced))
  }

  async #replace(lane: LaneChannel, pauseMs: number): Promise<void> {
    if (pauseMs > 0) await this.#pause(pauseMs)
    let problem: unknown
    for (let tries = 1; tries <= START_TRIES && !this.#stopping; tries++) {
      try {
        return await this.#openOnce(lane)
      } catch (error) {
        problem = error
        lane.generation++
        await this.#pause(RETRY_MS * tries)
      }
    }
    if (!this.#stopping) this.#giveUp(lane, problem)
  }

  #giveUp(lane: LaneChannel, cause: unknown): void {
    lane.status = 'gone'
    this.#events.gone(lane, cause)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve))
  }
}

/** The turns that have begun on a lane and are not committed. */
function slotsOf({ handle }: LaneChannel): number[] {
  return (handle?.counters.open() ?? []).map(({ slot }) => slot)
}
