/**
 * Which lane a key without a lane goes to, and which lanes may take one.
 *
 * Owns: nothing; it looks at what is known of the lanes now.
 * Does not own: the keys (placement).
 * Invariant: D2, a key goes to the lane with the least work, and never behind a turn that computes
 * while another lane is open.
 */
import type { LaneChannel } from './lane-channel.ts'

export class LaneChoice {
  readonly #lanes: readonly LaneChannel[]
  /** Whether some open lane is not computing: then the lanes that are computing get no keys. */
  #isSpare = false
  #leastBurden = 0

  constructor(lanes: readonly LaneChannel[]) {
    this.#lanes = lanes
  }

  /** The lane for a key that is free to choose; undefined: none takes one now. */
  best(): LaneChannel | undefined {
    this.#survey()
    let best: LaneChannel | undefined
    for (const lane of this.#lanes) {
      if (this.#mayTake(lane) && (best === undefined || isBetter(lane, best))) best = lane
    }
    return best
  }

  mayTake(lane: LaneChannel): boolean {
    this.#survey()
    return this.#mayTake(lane)
  }

  /** Whether a key that has nothing on this lane should leave it. */
  isWorthLeaving(lane: LaneChannel): boolean {
    if (isOpen(lane) && !lane.computes) return false
    this.#survey()
    return this.#isSpare
  }

  #survey(): void {
    let least = Number.POSITIVE_INFINITY
    let leastComputing = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      if (!isOpen(lane)) continue
      const { burden } = lane
      if (!lane.computes) {
        if (burden < least) least = burden
      } else if (burden < leastComputing) leastComputing = burden
    }
    this.#isSpare = least < Number.POSITIVE_INFINITY
    this.#leastBurden = this.#isSpare ? least : leastComputing
  }

  /**
   * A key goes to the lane with the least work, even if it must wait for room there: a lane kept
   * busy by one large key takes no others. But a lane that would soon run dry takes any key.
   */
  #mayTake(lane: LaneChannel): boolean {
    if (lane.room <= 0 || lane.suspects.length > 0) return false
    if (lane.computes && this.#isSpare) return false
    return isSoonDry(lane) || lane.burden <= this.#leastBurden
  }
}

/** Whether the lane takes any delivery: it is up, and no turn must be alone there. */
export function isOpen({ status, suspects }: LaneChannel): boolean {
  return status === 'up' && suspects.length === 0
}

/** Whether the lane's work is less than half of one key's share. */
export function isSoonDry(lane: LaneChannel): boolean {
  return lane.load * 2 < lane.keyShare
}

/**
 * Between lanes with the same amount of work: the one with less of it posted; then the one without
 * long turns, since the next long one may be on its way; then the one whose thread returned to its
 * event loop last.
 */
function isBetter(one: LaneChannel, other: LaneChannel): boolean {
  if (one.burden !== other.burden) return one.burden < other.burden
  if (one.load !== other.load) return one.load < other.load
  if (one.isSlow !== other.isSlow) return other.isSlow
  return one.heard > other.heard
}
