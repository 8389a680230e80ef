/**
 * Watches for lanes whose threads do not return to their event loop, and lanes whose heaps fill up.
 *
 * Owns: what it saw of each lane.
 * Does not own: how a lane is ended or renewed.
 * Invariants: a lane is ended only when its heartbeat has stopped and a turn is past its limit; a
 * lane with a full heap is drained first, so that no turn is lost.
 */
import { HeddleError } from '../../errors.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { TurnTimes } from './turn-watch.ts'
import { LOOK_MS } from './watch.ts'

export interface LaneWatchOptions extends TurnTimes {
  /** How much of its heap a lane may hold before it is drained and renewed, in percent. */
  readonly heapWatermark: number
  readonly renew: (lane: LaneChannel, cause: HeddleError) => void
}

/** Beats come at least this often, unless something blocks the thread. */
const SILENT_MS = 1_000
/** How long a lane that is being drained may take to finish what it has. */
const DRAIN_MS = 30_000

interface LaneSighting {
  generation: number
  beats: number
  silentLooks: number
  drainLooks: number
}

export class LaneWatch {
  readonly #options: LaneWatchOptions
  readonly #seen = new Map<LaneChannel, LaneSighting>()

  constructor(options: LaneWatchOptions) {
    this.#options = options
  }

  /** Looks at a lane once. `lost`: turns that are past their limit and their grace. */
  look(lane: LaneChannel, lost: readonly string[]): void {
    const { handle } = lane
    if (handle?.kill === undefined) return // the lane is on this thread
    const seen = this.#seenOf(lane)
    const { beats, heapPercent } = handle.counters
    seen.silentLooks = beats === seen.beats ? seen.silentLooks + 1 : 0
    seen.beats = beats
    const silentMs = seen.silentLooks * LOOK_MS
    if (this.#isHung(silentMs, lost)) {
      seen.silentLooks = 0
      const fields = { lane: lane.index, silentMs, turns: lost }
      return handle.kill(new HeddleError('HEDDLE_LANE_HUNG', fields))
    }
    if (lane.status === 'draining') this.#drain(lane, seen, heapPercent)
  }

  /**
   * Drains a lane whose heap is nearly full: it gets nothing more from now on. Called with each of
   * its records, since the heap may fill up fast.
   */
  heed(lane: LaneChannel): void {
    const percent = lane.handle?.counters.heapPercent ?? 0
    if (lane.status === 'up' && percent >= this.#options.heapWatermark) lane.drain()
  }

  #isHung(silentMs: number, lost: readonly string[]): boolean {
    const { turnTimeoutMs, turnGraceMs } = this.#options
    if (lost.length > 0) return silentMs >= Math.max(SILENT_MS, turnGraceMs)
    return silentMs >= Math.max(SILENT_MS, turnTimeoutMs + turnGraceMs)
  }

  #drain(lane: LaneChannel, seen: LaneSighting, percent: number): void {
    const isDone = lane.posted === 0 || ++seen.drainLooks * LOOK_MS >= DRAIN_MS
    if (!isDone) return
    const fields = { lane: lane.index, percent, watermark: this.#options.heapWatermark }
    this.#options.renew(lane, new HeddleError('HEDDLE_LANE_FULL', fields))
  }

  #seenOf(lane: LaneChannel): LaneSighting {
    const known = this.#seen.get(lane)
    const { generation } = lane
    if (known?.generation === generation) return known
    const seen = { generation, beats: -1, silentLooks: 0, drainLooks: 0 }
    this.#seen.set(lane, seen)
    return seen
  }
}
