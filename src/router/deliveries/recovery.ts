/**
 * What happens to a dead lane's deliveries (D6). Called when the lane's stream has been read to its
 * close, so all deliveries that the ledger still holds as posted there are unsettled.
 *
 * Invariants: deliveries go back in order of acceptance; a turn whose own code ended the lane is
 * given up the second time; where the cause is unknown, each suspect runs again alone, after those
 * that it waited for. Only a turn that was alone at its second death is given up, so an innocent
 * neighbour never is.
 */
import { type ErrorRecord, errorToRecord, HeddleError, isHeddleError } from '../../errors.ts'
import type { Blame, Toll } from '../fleet/blame.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { Placement } from '../fleet/placement.ts'
import type { Delivery } from '../ledger/delivery.ts'
import type { DeadLetterReason } from '../ledger/endings.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Deliveries } from './deliveries.ts'

const POISON_DEATHS = 2

export interface Recovered {
  readonly unsettled: readonly Delivery[]
  readonly suspects: readonly Delivery[]
  /** The delivery whose code ended the lane, if that is known. */
  readonly culprit: Delivery | undefined
  readonly toll: Toll
}

export interface RecoveryParts {
  readonly ledger: Ledger
  readonly placement: Placement
  readonly deliveries: Deliveries
  /** How long the turns of an agent may take. */
  readonly turnLimitOf: (agent: string) => number
}

export class Recovery {
  readonly #parts: RecoveryParts

  constructor(parts: RecoveryParts) {
    this.#parts = parts
  }

  laneDied(lane: LaneChannel, cause: unknown, blame: Blame): Recovered {
    const { ledger, placement, deliveries } = this.#parts
    const unsettled = ledger
      .live()
      .filter((delivery) => delivery.state === 'posted' && delivery.home?.lane === lane.index)
    const culprit =
      blame.kind === 'turn' ? unsettled.find(({ slot }) => slot === blame.slot) : undefined
    const begun = unsettled.filter((delivery) => lane.isOpen(delivery) || delivery === culprit)
    const blamed = blame.kind === 'turns' ? begun : culprit === undefined ? [] : [culprit]
    const error = errorToRecord(cause)
    for (const delivery of begun) {
      const incidents = deliveries.noteIncident(delivery, 'lane-died', error)
      if (blamed.includes(delivery)) incidents.deaths++
      if (delivery === culprit) incidents.caused++
    }
    const waited = new Set(begun.filter(({ home }) => home?.waits !== undefined))
    for (const delivery of unsettled) {
      if (delivery.emitted) deliveries.retract(delivery)
    }
    lane.died()
    placement.putBack(lane, unsettled)
    for (const delivery of unsettled) {
      const { cancelled: reason } = delivery // its lane died before it could report that
      if (reason !== undefined) deliveries.settle(delivery, { kind: 'cancelled', reason })
      else if (!begun.includes(delivery)) deliveries.endIfExpired(delivery)
    }
    const isLeft = ({ state }: Delivery) => state !== 'settled'
    const again = blamed.filter(isLeft)
    // A turn that was cancelled and had not stopped may have ended the lane as well: it is company.
    const found = culprit === undefined ? poisonOf(blamed) : blamed.find(isKnownPoison)
    const poison = again.find((delivery) => delivery === found)
    // With a known culprit, nothing has to run alone.
    const suspects = culprit === undefined ? again.filter((delivery) => delivery !== poison) : []
    // A turn that waited for others comes after them. Otherwise one of these, let in so that the
    // turn gets its answer, could end the lane again and again without ever having been alone.
    const waitedLast = (delivery: Delivery) => (waited.has(delivery) ? 1 : 0)
    const before = lane.suspects.filter(isLeft)
    lane.suspect([
      ...suspects.toSorted((one, other) => waitedLast(one) - waitedLast(other)),
      ...before.filter((delivery) => !blamed.includes(delivery)),
    ])
    if (poison !== undefined) this.#giveUp(poison, cause)
    return { unsettled, suspects: blamed, culprit, toll: tollOf(blame, poison, suspects) }
  }

  /**
   * With no lane left, ends all deliveries that are not settled, since they never can be handled.
   */
  noLaneLeft(problem: string): void {
    const error = errorToRecord(new HeddleError('HEDDLE_NO_LANES', { problem }))
    for (const delivery of this.#parts.ledger.live()) {
      this.#parts.deliveries.settle(delivery, {
        kind: 'dead-lettered',
        reason: { kind: 'no-lane', error },
      })
    }
  }

  #giveUp(poison: Delivery, cause: unknown): void {
    const reason = this.#reasonFor(poison, cause)
    this.#parts.deliveries.settle(poison, { kind: 'dead-lettered', reason })
  }

  #reasonFor(poison: Delivery, cause: unknown): DeadLetterReason {
    const { message } = poison
    const agent = `${poison.agent}/${poison.key}`
    if (isHeddleError(cause, 'HEDDLE_LANE_HUNG')) {
      const error = blockedError(agent, this.#parts.turnLimitOf(poison.agent))
      return { kind: 'failed', error }
    }
    const deaths = deathsOf(poison)
    const error = errorToRecord(new HeddleError('HEDDLE_POISON', { agent, message, deaths }))
    return { kind: 'poison', error }
  }
}

/**
 * The error of a turn that took too long and blocked its thread, so that its lane had to be ended.
 */
function blockedError(agent: string, limitMs: number): ErrorRecord {
  const message = `the turn of '${agent}' blocked its thread for longer than its limit of ${limitMs} ms, so its lane was ended; make long loops await, or call turn.throwIfCancelled() in them (HEDDLE_TURN_TIMEOUT)`
  return errorToRecord(new HeddleError('HEDDLE_TURN_TIMEOUT', { agent, limitMs }, { message }))
}

function tollOf(blame: Blame, poison: Delivery | undefined, suspects: readonly Delivery[]): Toll {
  if (blame.kind === 'turn' || blame.kind === 'past-turn') return 'attributed'
  if (poison !== undefined) return 'condemned'
  return suspects.length > 0 ? 'suspected' : 'unexplained'
}

/** Whether the turn's own code has ended lanes often enough to be given up. */
function isKnownPoison({ incidents }: Delivery): boolean {
  return (incidents?.caused ?? 0) >= POISON_DEATHS
}

/**
 * The turn that was alone on its lane at this death, unless this is the first death that it was
 * part of. Turns that handle its requests are not company: it is alone with them.
 */
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
