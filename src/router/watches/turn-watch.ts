/**
 * Watches for turns that take too long: they are asked to stop at their limit, and given up after a
 * grace. The same goes for a cancelled turn that does not end.
 *
 * Does not own: the lanes' threads. A turn that never releases its thread can't be given up on it:
 * its lane hangs (lane-watch).
 */
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { Delivery } from '../ledger/delivery.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { AgentDirectory } from '../routing/agent-directory.ts'
import { LOOK_MS } from './watch.ts'

/** How long turns may take. */
export interface TurnTimes {
  /** Milliseconds that a turn may take, unless its agent sets another limit. */
  readonly turnTimeoutMs: number
  /** Milliseconds between a turn's abort and the moment it is given up. */
  readonly turnGraceMs: number
}

interface TurnWarning {
  readonly attempt: number
  /** The tick in which that attempt began: an attempt that was undone begins again. */
  readonly since: number
  looks: number
  isGivenUp: boolean
}

export class TurnWatch {
  readonly #ledger: Ledger
  readonly #agents: AgentDirectory
  readonly #limits: TurnTimes
  readonly #told = new WeakMap<Delivery, TurnWarning>()

  constructor(ledger: Ledger, agents: AgentDirectory, limits: TurnTimes) {
    this.#ledger = ledger
    this.#agents = agents
    this.#limits = limits
  }

  /** How long the turns of an agent may take. */
  limitOf(agent: string): number {
    return this.#agents.get(agent)?.metadata.turnTimeoutMs ?? this.#limits.turnTimeoutMs
  }

  /**
   * Looks at a lane once. Returns the turns that are past their limit and their grace, for errors.
   */
  look(lane: LaneChannel): string[] {
    const holder = this.#holderOf(lane)
    if (holder?.dueAt === 0) lane.due.soon(holder)
    const lost: string[] = []
    for (const delivery of lane.look()) {
      if (this.#lookAt(lane, delivery)) {
        lost.push(`${delivery.agent}/${delivery.key} (${delivery.message})`)
      }
    }
    return lost
  }

  /**
   * The delivery whose turn holds the lane's thread. It may be hidden behind one of its key that
   * has ended and whose result can't leave the lane meanwhile.
   */
  #holderOf({ index, handle }: LaneChannel): Delivery | undefined {
    const slot = handle?.counters.current
    const delivery = slot === undefined ? undefined : this.#ledger.find(slot)
    return delivery?.state === 'posted' && delivery.home?.lane === index ? delivery : undefined
  }

  /** Whether the turn is past its limit and its grace. Says when it is looked at again. */
  #lookAt(lane: LaneChannel, delivery: Delivery): boolean {
    const { looks } = lane.due
    const since = lane.since(delivery)
    // A turn counts from the first look after its start.
    const dueAt = (since ?? looks) + 1 + Math.ceil(this.limitOf(delivery.agent) / LOOK_MS)
    const isCancelled = delivery.cancelled !== undefined
    if (since === undefined || (dueAt > looks && !isCancelled)) {
      lane.due.put(delivery, dueAt) // between two attempts, none can be due earlier
      const next = since === undefined && lane.isOpen(delivery) ? delivery.behind : undefined
      if (next?.dueAt === 0) lane.due.soon(next) // this one has ended, so the next may be under way
      return false
    }
    lane.due.put(delivery, looks + 1)
    return this.#stop(lane, delivery, since)
  }

  /** Asks a turn to stop, or gives it up. Whether it is past its grace. */
  #stop(lane: LaneChannel, delivery: Delivery, since: number): boolean {
    const { attempt } = delivery
    const told = this.#told.get(delivery)
    if (told?.attempt !== attempt || told.since !== since) {
      this.#told.set(delivery, { attempt, since, looks: 0, isGivenUp: false })
      if (delivery.cancelled === undefined) lane.overdue(delivery)
      return false
    }
    told.looks++
    if (told.looks * LOOK_MS < this.#limits.turnGraceMs) return false
    if (!told.isGivenUp) lane.giveUpTurn(delivery)
    told.isGivenUp = true
    return true
  }
}
