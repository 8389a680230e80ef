/** A turn that waits for the reply to its request: the answer goes to its lane, unless that has died meanwhile. */
import { type ErrorRecord, errorToRecord, HeddleError } from '../errors.ts'
import type { LaneChannel } from './lane-channel.ts'
import type { Delivery } from './ledger.ts'
import { type Asker, type AskerParts, Caller } from './requests.ts'
import type { LaneRequest } from './wire.ts'

export class TurnAsker implements Asker {
  readonly caller: Caller
  delivery: Delivery | undefined
  readonly #parts: AskerParts
  readonly #lane: LaneChannel
  readonly #generation: number
  readonly #request: LaneRequest

  constructor(parts: AskerParts, lane: LaneChannel, request: LaneRequest) {
    const { deadlineMs = parts.requestDeadlineMs } = request
    this.delivery = undefined
    this.#parts = parts
    this.#lane = lane
    this.#generation = lane.generation
    this.#request = request
    this.caller = new Caller(this, request.chain, parts.deadlines, deadlineMs)
    lane.asking.set(request.id, this)
  }

  replied(value: unknown): void {
    if (this.#isAlive()) this.#lane.reply({ kind: 'value', id: this.#request.id, value })
  }

  failed(error: ErrorRecord): void {
    if (this.#isAlive()) this.#lane.reply({ kind: 'error', id: this.#request.id, error })
  }

  expired(deadlineMs: number): void {
    this.takeBack(`not answered within ${deadlineMs} ms`)
    const { agent, key, message } = this.#request
    const fields = { agent: `${agent}/${key}`, request: message, deadlineMs }
    this.failed(errorToRecord(new HeddleError('HEDDLE_DEADLINE', fields)))
  }

  /** Nobody waits for the reply any more. */
  takeBack(reason: string): void {
    const { delivery } = this
    if (delivery !== undefined && delivery.state !== 'settled') this.#parts.cancel(delivery, reason)
  }

  /** Whether the turn that asked may still be there. What it waited for ends here. */
  #isAlive(): boolean {
    if (this.#lane.generation !== this.#generation) return false
    this.#lane.asking.delete(this.#request.id)
    return true
  }
}
