/**
 * What becomes of a dead lane's deliveries (D6). Called when its stream has been read to its close, so whatever the ledger
 * still holds as posted there is unsettled.
 *
 * Invariants: each goes back in order of acceptance; a suspect runs again alone, after those that it waited for; only a turn that
 * was alone at its second death is given up, so no innocent neighbour ever is.
 */
import { errorToRecord, HeddleError } from '../errors.ts'
import type { Deliveries } from './deliveries.ts'
import type { LaneChannel } from './lane-channel.ts'
import type { Delivery, Ledger } from './ledger.ts'
import type { Placement } from './placement.ts'

const POISON_DEATHS = 2

/** Whether turns under way are suspected of a lane's death. */
export type Blame = 'turns' | 'nobody'

export interface Recovered {
  readonly unsettled: readonly Delivery[]
  readonly suspects: readonly Delivery[]
}

export class Recovery {
  readonly #ledger: Ledger
  readonly #placement: Placement
  readonly #deliveries: Deliveries

  constructor(ledger: Ledger, placement: Placement, deliveries: Deliveries) {
    this.#ledger = ledger
    this.#placement = placement
    this.#deliveries = deliveries
  }

  /**
   * `running`: the slots of the turns that had begun and not ended, from the lane's shared memory. `blame`: whether one of them may have
   * ended the lane.
   */
  laneDied(lane: LaneChannel, cause: unknown, running: readonly number[], blame: Blame): Recovered {
    const unsettled = this.#ledger
      .live()
      .filter((delivery) => delivery.state === 'posted' && delivery.home?.lane === lane.index)
    const begun = unsettled.filter((delivery) => running.includes(delivery.slot))
    const error = errorToRecord(cause)
    for (const delivery of begun) {
      const incidents = this.#deliveries.noteIncident(delivery, 'lane-died', error)
      if (blame === 'turns') incidents.deaths++
    }
    const waited = new Set(begun.filter(({ home }) => home?.waits !== undefined))
    for (const delivery of unsettled) {
      if (delivery.emitted) this.#deliveries.retract(delivery)
    }
    lane.reset()
    this.#placement.putBack(lane, unsettled)
    for (const delivery of unsettled) {
      const { cancelled: reason } = delivery // its lane died before it could say so
      if (reason !== undefined) this.#deliveries.settle(delivery, { kind: 'cancelled', reason })
      else if (!begun.includes(delivery)) this.#deliveries.endIfExpired(delivery)
    }
    if (blame === 'nobody') return { unsettled, suspects: [] }
    const again = begun.filter(({ state }) => state !== 'settled')
    const poison = poisonOf(again)
    const suspects = again.filter((delivery) => delivery !== poison)
    // Who waited for others comes after them: else one of those, let in so that it can be answered, may end the lane again
    // and again without ever having been alone.
    const waitedLast = (delivery: Delivery) => (waited.has(delivery) ? 1 : 0)
    const before = lane.suspects.filter(({ state }) => state !== 'settled')
    lane.suspects = [
      ...suspects.toSorted((one, other) => waitedLast(one) - waitedLast(other)),
      ...before.filter((delivery) => !begun.includes(delivery)),
    ]
    if (poison !== undefined) this.#giveUp(poison)
    return { unsettled, suspects: begun }
  }

  /** With no lane left, nothing that is not settled can be. */
  noLaneLeft(problem: string): void {
    const error = errorToRecord(new HeddleError('HEDDLE_NO_LANES', { problem }))
    for (const delivery of this.#ledger.live()) {
      this.#deliveries.settle(delivery, {
        kind: 'dead-lettered',
        reason: { kind: 'no-lane', error },
      })
    }
  }

  #giveUp(poison: Delivery): void {
    const { message } = poison
    const deaths = deathsOf(poison)
    const agent = `${poison.agent}/${poison.key}`
    const error = errorToRecord(new HeddleError('HEDDLE_POISON', { agent, message, deaths }))
    this.#deliveries.settle(poison, { kind: 'dead-lettered', reason: { kind: 'poison', error } })
  }
}

/** The turn that was alone at its second death. What a turn had asked for, on the same lane, is no other's company. */
function poisonOf(begun: readonly Delivery[]): Delivery | undefined {
  const roots = begun.filter((delivery) => !begun.some((other) => hasAsked(other, delivery)))
  const [only, ...others] = roots
  if (only === undefined || others.length > 0 || deathsOf(only) < POISON_DEATHS) return undefined
  return only
}

function deathsOf({ incidents }: Delivery): number {
  return incidents?.deaths ?? 0
}

function hasAsked(asking: Delivery, asked: Delivery): boolean {
  return asked.caller?.chain.includes(`${asking.agent}/${asking.key}`) === true
}
