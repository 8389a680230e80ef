/**
 * A turn that waits for the reply to its request: the answer goes to its lane. If the lane has died
 * meanwhile, the answer is kept for the turn's next attempt.
 *
 * Invariants: D7, an attempt that sends exactly the same request again gets the same delivery, or
 * its recorded answer; D9, the turn's key is in the graph of waits for as long as the turn waits.
 */
import { type ErrorRecord, errorToRecord, HeddleError } from '../../errors.ts'
import { isSamePayload } from '../../messages/payload-digest.ts'
import { RevisedReply } from '../../messages/revised-reply.ts'
import type { LaneRequest } from '../../wire/wire.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { OpenAsk } from '../fleet/open-ask.ts'
import { Caller, type ReplyTarget } from '../ledger/caller.ts'
import type { Delivery } from '../ledger/delivery.ts'
import type { Wait, WaitTarget } from '../ledger/wait-graph.ts'
import type { RequestDesk } from './request-desk.ts'

export class TurnRequest implements ReplyTarget, OpenAsk, Wait {
  readonly caller: Caller
  readonly by: string
  readonly since: number
  /** The turn that waits. */
  readonly asking: Delivery
  #delivery: Delivery | undefined
  #answer: { readonly value: unknown } | undefined
  readonly #parts: RequestDesk
  /** Undefined: the turn comes from a snapshot, and has not asked again. */
  #lane: LaneChannel | undefined
  #generation: number | undefined
  #request: LaneRequest

  constructor(
    parts: RequestDesk,
    lane: LaneChannel | undefined,
    request: LaneRequest,
    asking: Delivery,
  ) {
    const { deadlineMs = parts.requestDeadlineMs } = request
    this.asking = asking
    this.by = `${request.sender}/${asking.key}`
    this.since = parts.clock.now()
    this.#delivery = undefined
    this.#answer = undefined
    this.#parts = parts
    this.#lane = lane
    this.#generation = lane?.generation
    this.#request = request
    this.caller = new Caller(this, request.chain, parts.deadlines, deadlineMs)
    lane?.asking.set(request.id, this)
  }

  get target(): WaitTarget {
    const { agent, key } = this.#request
    return { kind: 'key', key: this.#delivery?.home, name: `${agent}/${key}` }
  }

  get request(): LaneRequest {
    return this.#request
  }

  /** The delivery of its request, until it settles. */
  get delivery(): Delivery | undefined {
    return this.#delivery?.state === 'settled' ? undefined : this.#delivery
  }

  get answer(): { readonly value: unknown } | undefined {
    return this.#answer
  }

  /**
   * Notes the delivery of its request, which may have settled at once; undefined: the request was
   * answered before.
   */
  accepted(delivery: Delivery | undefined): void {
    this.#delivery = delivery
    this.asking.asks ??= new Map()
    if (this.caller.isWaiting || this.#answer !== undefined) {
      this.asking.asks.set(this.#request.position, this)
    }
    if (this.caller.isWaiting) this.asking.home?.beginWait(this)
  }

  /** Whether a request of a later attempt of the turn is the same as this one. */
  isSame({ sender, agent, key, message, payload }: LaneRequest): boolean {
    const own = this.#request
    if (own.agent !== agent || own.key !== key || own.message !== message) return false
    return own.sender === sender && isSamePayload(own.payload, payload)
  }

  /**
   * The turn's next attempt sends the same request: it gets the answer that this one gets or has
   * got; if `assertMayWait` throws, it gets that error.
   */
  askAgain(lane: LaneChannel, request: LaneRequest, assertMayWait: () => void): void {
    this.#lane = lane
    this.#generation = lane.generation
    this.#request = request
    lane.asking.set(request.id, this)
    if (this.#answer !== undefined) return this.#tell(this.#answer.value)
    try {
      assertMayWait()
      this.asking.home?.beginWait(this)
    } catch (error) {
      this.caller.fail(errorToRecord(error))
      this.takeBack('it would wait for itself')
    }
  }

  replied(value: unknown): void {
    this.#answer = { value }
    this.#endWait()
    this.#tell(value)
  }

  failed(error: ErrorRecord): void {
    this.#forget()
    if (this.#isAlive()) this.#lane?.reply({ kind: 'error', id: this.#request.id, error })
  }

  expired(deadlineMs: number): void {
    this.takeBack(`not answered within ${deadlineMs} ms`)
    const { agent, key, message } = this.#request
    const fields = { agent: `${agent}/${key}`, request: message, deadlineMs }
    this.failed(errorToRecord(new HeddleError('HEDDLE_DEADLINE', fields)))
  }

  takeBack(reason: string): void {
    this.#forget()
    const delivery = this.#delivery
    if (delivery !== undefined && delivery.state !== 'settled') this.#parts.cancel(delivery, reason)
  }

  orphan(): void {
    this.#endWait()
  }

  #tell(answer: unknown): void {
    if (!this.#isAlive()) return
    const { id } = this.#request
    if (answer instanceof RevisedReply) {
      this.#lane?.reply({ kind: 'value', id, value: answer.value, isRevised: true })
    } else this.#lane?.reply({ kind: 'value', id, value: answer })
  }

  /** Forgets the request: another attempt could get nothing from it. */
  #forget(): void {
    this.#endWait()
    const { position } = this.#request
    const { asks } = this.asking
    if (asks?.get(position) === this) asks.delete(position)
  }

  #endWait(): void {
    this.asking.home?.endWait(this)
  }

  /** Whether the turn that asked may still exist. Also ends its wait. */
  #isAlive(): boolean {
    if (this.#lane === undefined || this.#lane.generation !== this.#generation) return false
    this.#lane.asking.delete(this.#request.id)
    return true
  }
}
