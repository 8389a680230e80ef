/**
 * The lanes' lives: opened, replaced when they die, given up when they can't be replaced, closed.
 *
 * Owns: the handles. Does not own: what a death does to deliveries (recovery).
 * Invariants: a lane that can't be replaced is given up after a bounded number of tries, and said to be; so is one that
 * dies too often. One that dies before it has settled anything is replaced later and later.
 */
import type { Clock } from '../clock.ts'
import { HeddleError, isHeddleError } from '../errors.ts'
import type { LaneChannel, LaneEvents, LaneHandle } from './lane-channel.ts'
import type { Blame } from './recovery.ts'
import type { FromLane } from './wire.ts'

/** Starts one generation of a lane, with all agents loaded. Rejects when it can't. */
export type OpenLane = (
  index: number,
  generation: number,
  events: LaneEvents,
) => Promise<LaneHandle>

/** How often a lane may die before it is given up. */
export interface RestartBudget {
  /** Deaths. Default 20. */
  readonly max: number
  /** Within so many milliseconds. Default 60,000. */
  readonly withinMs: number
}

export interface FleetEvents {
  readonly record: (lane: LaneChannel, record: FromLane) => void
  readonly up: (lane: LaneChannel) => void
  /** The lane is down; `running` are the slots of its turns that had begun and not ended. */
  readonly died: (
    lane: LaneChannel,
    cause: unknown,
    running: readonly number[],
    blame: Blame,
  ) => void
  readonly gone: (lane: LaneChannel, cause: unknown) => void
}

const START_TRIES = 3
const RETRY_MS = 50
/** A lane that keeps dying at once is not replaced more slowly than this. */
const LONGEST_PAUSE_MS = 5_000

export class Fleet {
  readonly #lanes: readonly LaneChannel[]
  readonly #open: OpenLane
  readonly #clock: Clock
  readonly #events: FleetEvents
  readonly #budget: RestartBudget
  readonly #replacing = new Set<Promise<void>>()
  /** When each lane died, within the budget's time. */
  readonly #deaths = new Map<LaneChannel, number[]>()
  /** How often each died in a row without having settled anything. */
  readonly #inVain = new Map<LaneChannel, number>()
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

  /** Takes a lane down and replaces it. What it has not committed runs again. */
  renew(lane: LaneChannel, cause: unknown): void {
    const { handle } = lane
    this.#events.died(lane, cause, slotsOf(lane), 'nobody')
    this.#replaceSoon(lane, 0)
    void handle?.close()
  }

  #died(lane: LaneChannel, cause: unknown): void {
    const hasSettled = lane.settled > 0
    const blame = isHeddleError(cause, 'HEDDLE_LANE_ENDED') ? 'nobody' : 'turns'
    this.#events.died(lane, cause, slotsOf(lane), blame)
    // With suspects, each death tells more about them: they are not made to wait.
    const isInVain = !hasSettled && lane.suspects.length === 0
    const inVain = isInVain ? (this.#inVain.get(lane) ?? 0) + 1 : 0
    this.#inVain.set(lane, inVain)
    const deaths = this.#countDeath(lane)
    const { max, withinMs } = this.#budget
    if (deaths > max) {
      const fields = { lane: lane.index, deaths, withinMs }
      return this.#giveUp(lane, new HeddleError('HEDDLE_RESTART_BUDGET', fields, { cause }))
    }
    const pause = inVain < 2 ? 0 : Math.min(LONGEST_PAUSE_MS, RETRY_MS * 2 ** (inVain - 2))
    this.#replaceSoon(lane, pause)
  }

  #countDeath(lane: LaneChannel): number {
    const now = this.#clock.now()
    const since = now - this.#budget.withinMs
    const deaths = [...(this.#deaths.get(lane) ?? []).filter((at) => at >= since), now]
    this.#deaths.set(lane, deaths)
    return deaths.length
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

/** The turns that have begun on a lane and not ended. */
function slotsOf({ handle }: LaneChannel): number[] {
  return (handle?.counters.open() ?? []).map(({ slot }) => slot)
}
