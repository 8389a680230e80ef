/**
 * Lanes in quarantine, which take only what must run: those with suspects, and those that are
 * drained.
 *
 * Owns: nothing; the deliveries are in the queues of placement.
 * Invariants: D6, a turn that is suspected of having ended a lane runs alone; D9, nothing that it
 * waits for is held back.
 */
import type { Caller } from '../ledger/caller.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'
import { neededBy } from '../ledger/wait-graph.ts'
import type { LaneChannel } from './lane-channel.ts'

/** What placement does with its queues here. */
export interface QuarantineQueues {
  post(lane: LaneChannel, key: Key, delivery: Delivery): void
  /** Posts those of the waiting deliveries that may run, and leaves the rest. */
  letIn(lane: LaneChannel, mayRun: (delivery: Delivery) => boolean): void
}

export class Quarantine {
  readonly #lanes: readonly LaneChannel[]
  readonly #queues: QuarantineQueues

  constructor(lanes: readonly LaneChannel[], queues: QuarantineQueues) {
    this.#lanes = lanes
    this.#queues = queues
  }

  /** Returns whether the lane takes nothing else. */
  fill(lane: LaneChannel): boolean {
    if (lane.suspects.length > 0) this.#fillWithSuspects(lane)
    else if (lane.status === 'draining') this.#fillDraining(lane)
    else return false
    return true
  }

  /**
   * While there are suspects: runs one turn at a time, and the requests it makes (D6). A suspect's
   * key may have turns ahead of it whose results were lost unposted: they run first, alone as well.
   * The answers that a turn asks for are not held back.
   */
  #fillWithSuspects(lane: LaneChannel): void {
    if (lane.status !== 'up' && lane.status !== 'draining') return
    const first = lane.suspects[0]?.home
    if (lane.status === 'up' && lane.posted === 0 && first !== undefined) {
      const next = first.shift()
      lane.runAlone(next)
      if (next !== undefined) this.#queues.post(lane, first, next)
    }
    const { alone } = lane
    if (alone === undefined) return
    const name = `${alone.agent}/${alone.key}`
    // The request it waits for may itself wait for something here: while any turn here waits for a
    // reply, all requests are let in, and all of the tasks that turns wait for.
    this.#queues.letIn(lane, ({ caller, task }) => {
      if (lane.asking.size > 0) return isAsked(caller) || task.awaited > 0
      return isAsked(caller) && caller.chain.includes(name)
    })
  }

  /**
   * The lane's turns must end before it is renewed, and they may wait for requests to keys here.
   * Only these requests are let in, so that the turns end soon. The same is let in for turns of
   * other lanes that hold something back, or the lanes would wait for each other.
   */
  #fillDraining(lane: LaneChannel): void {
    const holding = this.#lanes.filter(({ status, suspects }) => {
      return status === 'draining' || suspects.length > 0
    })
    const needed = neededBy(holding.flatMap((one) => one.waitingKeys()))
    if (needed.size === 0) return
    this.#queues.letIn(lane, ({ caller, task, home }) => {
      return (isAsked(caller) || task.awaited > 0) && needed.has(home as Key)
    })
  }
}

/** Whether a turn waits for the reply. */
function isAsked(caller: Caller | undefined): caller is Caller {
  return caller !== undefined && caller.chain.length > 0
}
