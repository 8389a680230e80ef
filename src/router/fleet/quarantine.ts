/**
 * Lanes that take nothing but what must run: those with suspects, and those that are drained.
 *
 * Owns: nothing; what is let in stands in the queues of placement.
 * Invariants: D6, who is suspected of having ended a lane runs alone; D9, whatever is held back for
 * that is not what it waits for.
 */
import type { Caller } from '../ledger/caller.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'
import { neededBy } from '../ledger/wait-graph.ts'
import type { LaneChannel } from './lane-channel.ts'

/** What placement does with its queues here. */
export interface QuarantineQueues {
  post(lane: LaneChannel, key: Key, delivery: Delivery): void
  /** Posts what may run of all that waits, and leaves the rest. */
  letIn(lane: LaneChannel, mayRun: (delivery: Delivery) => boolean): void
}

export class Quarantine {
  readonly #lanes: readonly LaneChannel[]
  readonly #queues: QuarantineQueues

  constructor(lanes: readonly LaneChannel[], queues: QuarantineQueues) {
    this.#lanes = lanes
    this.#queues = queues
  }

  /** Whether the lane takes nothing else. */
  fill(lane: LaneChannel): boolean {
    if (lane.suspects.length > 0) this.#fillWithSuspects(lane)
    else if (lane.status === 'draining') this.#fillDraining(lane)
    else return false
    return true
  }

  /**
   * While there are suspects: one turn at a time, and what it asks for (D6). A suspect's key may
   * have turns ahead of it, whose results died unposted: they run first, alone as well. A turn that
   * asks for something is not kept from its answer.
   */
  #fillWithSuspects(lane: LaneChannel): void {
    if (lane.status !== 'up' && lane.status !== 'draining') return
    const first = lane.suspects[0]?.home
    if (lane.status === 'up' && lane.posted === 0 && first !== undefined) {
      const next = first.shift()
      lane.alone = next
      if (next !== undefined) this.#queues.post(lane, first, next)
    }
    const { alone } = lane
    if (alone === undefined) return
    const name = `${alone.agent}/${alone.key}`
    // What it waits for may itself wait for something here: while anyone here asks, whoever asks is
    // let in.
    this.#queues.letIn(lane, ({ caller }) => {
      return isAsked(caller) && (caller.chain.includes(name) || lane.asking.size > 0)
    })
  }

  /**
   * What it has must end before it is renewed, and may wait for what is asked of keys here: that
   * alone is let in, so that it ends soon. So may what other lanes have that hold something back,
   * or they would wait for each other.
   */
  #fillDraining(lane: LaneChannel): void {
    const holding = this.#lanes.filter(({ status, suspects }) => {
      return status === 'draining' || suspects.length > 0
    })
    const needed = neededBy(holding.flatMap((one) => one.waitingKeys()))
    if (needed.size === 0) return
    this.#queues.letIn(lane, ({ caller, home }) => isAsked(caller) && needed.has(home as Key))
  }
}

/** Whether a turn waits for it. */
function isAsked(caller: Caller | undefined): caller is Caller {
  return caller !== undefined && caller.chain.length > 0
}
