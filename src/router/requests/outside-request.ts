/**
 * A request from outside: a promise that settles with the answer.
 *
 * Owns: its caller, and the listener on its signal.
 * Does not own: the delivery, which it cancels when nothing waits for the reply any more.
 */
import {
  type ErrorRecord,
  errorFromRecord,
  errorToRecord,
  HeddleError,
  isHeddleError,
} from '../../errors.ts'
import { type AgentId, agentIdText } from '../../ids/agent-id.ts'
import { reasonText } from '../../json-text.ts'
import type { Envelope } from '../../messages/message.ts'
import { RevisedReply, replyFor } from '../../messages/revised-reply.ts'
import { Caller, type ReplyTarget } from '../ledger/caller.ts'
import type { Delivery } from '../ledger/delivery.ts'
import type { RequestDesk } from './request-desk.ts'

const NO_CHAIN: readonly string[] = Object.freeze([])

export class OutsideRequest implements ReplyTarget {
  readonly answer: Promise<unknown>
  readonly caller: Caller
  /** Undefined while the request waits for room. */
  delivery: Delivery | undefined
  /** Ends its wait for room. */
  leave: (() => void) | undefined
  /** Whether it became a delivery, even one that ended at once. */
  isAccepted = false
  readonly #parts: RequestDesk
  readonly #made: Envelope
  readonly #to: AgentId
  readonly #signal: AbortSignal | undefined
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: unknown) => void
  #abort: (() => void) | undefined

  constructor(
    parts: RequestDesk,
    made: Envelope,
    to: AgentId,
    options: { readonly deadlineMs?: number; readonly signal?: AbortSignal },
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const { deadlineMs = parts.requestDeadlineMs, signal } = options
    this.answer = promise
    this.delivery = undefined
    this.leave = undefined
    this.#parts = parts
    this.#made = made
    this.#to = to
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    this.caller = new Caller(this, NO_CHAIN, parts.deadlines, deadlineMs)
    if (signal === undefined) return
    this.#abort = () => this.giveUp(cancelledCall(requestText(made, to), signal))
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  replied(answer: unknown): void {
    this.#release()
    const isRevised = answer instanceof RevisedReply
    try {
      this.#resolve(replyFor(this.#made, isRevised ? answer.value : answer, isRevised))
    } catch (error) {
      this.#reject(error)
    }
  }

  failed(error: ErrorRecord): void {
    this.#release()
    this.#reject(errorFromRecord(error))
  }

  expired(deadlineMs: number): void {
    this.#takeBack('its deadline has passed')
    const fields = { agent: agentIdText(this.#to), request: this.#made.name, deadlineMs }
    this.failed(errorToRecord(new HeddleError('HEDDLE_DEADLINE', fields)))
  }

  /** Gives up the request: nothing waits for it any more. */
  giveUp(error: unknown): void {
    this.caller.fail(errorToRecord(error))
    this.#takeBack(
      isHeddleError(error, 'HEDDLE_DEADLINE') ? 'its deadline has passed' : 'its signal aborted',
    )
  }

  #takeBack(reason: string): void {
    const { delivery } = this
    this.leave?.()
    if (delivery !== undefined && delivery.state !== 'settled') {
      this.#parts.cancel(delivery, reason)
    }
  }

  #release(): void {
    if (this.#abort !== undefined) this.#signal?.removeEventListener('abort', this.#abort)
  }
}

export function requestText(made: Envelope, to: AgentId): string {
  return `the request '${made.name}' to '${agentIdText(to)}'`
}

export function cancelledCall(what: string, signal?: AbortSignal): HeddleError {
  return new HeddleError('HEDDLE_CANCELLED', { what, reason: reasonText(signal?.reason) })
}
