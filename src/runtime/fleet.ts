/**
 * The lanes' lives: opened, replaced when they die, given up when they can't be replaced, closed.
 *
 * Owns: the handles. Does not own: what a death does to deliveries (recovery).
 * Invariant: a lane that can't be replaced is given up after a bounded number of tries, and said to be.
 */
import type { Clock } from '../clock.ts'
import type { LaneChannel, LaneEvents, LaneHandle } from './lane-channel.ts'
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
  /** The lane is down; `running` are the slots of its turns that had begun and not ended. */
  readonly died: (lane: LaneChannel, cause: unknown, running: readonly number[]) => void
  readonly gone: (lane: LaneChannel, cause: unknown) => void
}

const START_TRIES = 3
const RETRY_MS = 50

export class Fleet {
  readonly #lanes: readonly LaneChannel[]
  readonly #open: OpenLane
  readonly #clock: Clock
  readonly #events: FleetEvents
  readonly #replacing = new Set<Promise<void>>()
  #stopping = false

  constructor(lanes: readonly LaneChannel[], open: OpenLane, clock: Clock, events: FleetEvents) {
    this.#lanes = lanes
    this.#open = open
    this.#clock = clock
    this.#events = events
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

  #died(lane: LaneChannel, cause: unknown): void {
    const running = lane.handle?.counters.running() ?? []
    this.#events.died(lane, cause, running)
    const replaced = this.#replace(lane)
    this.#replacing.add(replaced)
    void replaced.then(() => this.#replacing.delete(replaced))
  }

  async #replace(lane: LaneChannel): Promise<void> {
    let problem: unknown
    for (let tries = 1; tries <= START_TRIES && !this.#stopping; tries++) {
      try {
        return await this.#openOnce(lane)
      } catch (error) {
        problem = error
        lane.generation++
        await new Promise<void>((resolve) => this.#clock.after(RETRY_MS * tries, resolve))
      }
    }
    if (this.#stopping) return
    lane.status = 'gone'
    this.#events.gone(lane, problem)
  }
}
