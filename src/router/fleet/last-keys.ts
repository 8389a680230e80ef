/**
 * Keys whose next turn is known to have ended a lane. They wait until a lane has nothing else to
 * do, so that the other keys have their turns before such a turn may end the lane again (D6).
 *
 * Owns: their order.
 * Invariant: one of them has its turn after 256 other keys at the latest.
 */
import { Fifo } from '../../fifo.ts'
import type { Key } from '../ledger/delivery.ts'
import type { LaneChannel } from './lane-channel.ts'

const PASSED = 256

export class LastKeys {
  readonly queue = new Fifo<Key>()
  /** How many other keys were given to lanes since the last one of these. */
  #passed = 0

  /**
   * The next key, if it has waited long enough. Called before each other key that is given to a
   * lane.
   */
  overdue(): Key | undefined {
    if (this.queue.size === 0 || ++this.#passed < PASSED) return undefined
    return this.#shift()
  }

  /** The next key, if the lane has nothing else to do. */
  nextFor(lane: LaneChannel): Key | undefined {
    // Turns that wait for others count as nothing to do: they may wait for one of these keys.
    const hasNothingElse = lane.posted === 0 || (lane.asking.size > 0 && lane.load <= 0)
    return hasNothingElse ? this.#shift() : undefined
  }

  #shift(): Key | undefined {
    this.#passed = 0
    return this.queue.shift()
  }
}
