/** Callers that wait for a reply, each with a deadline: every wait has an end (D9). */
import type { ErrorRecord } from '../../errors.ts'
import type { Deadlines, Expiring } from './deadlines.ts'

/** Receives the outcome of a request. Exactly one of these methods is called, once. */
export interface ReplyTarget {
  replied(value: unknown): void
  failed(error: ErrorRecord): void
  /** No answer came within `deadlineMs`. */
  expired(deadlineMs: number): void
}

/**
 * The caller that waits for the reply to a delivery. It is answered once; later answers are
 * dropped.
 */
export class Caller implements Expiring {
  /** The chain of waiting agents, outermost first; empty from outside. */
  readonly chain: readonly string[]
  readonly #asker: ReplyTarget
  readonly #deadlines: Deadlines
  readonly #deadlineMs: number
  #waiting = true

  constructor(
    asker: ReplyTarget,
    chain: readonly string[],
    deadlines: Deadlines,
    deadlineMs: number,
  ) {
    this.chain = chain
    this.#asker = asker
    this.#deadlines = deadlines
    this.#deadlineMs = deadlineMs
    deadlines.add(this, deadlineMs)
  }

  /** Whether an answer is still wanted. */
  get isWaiting(): boolean {
    return this.#waiting
  }

  reply(value: unknown): void {
    if (this.#end()) this.#asker.replied(value)
  }

  fail(error: ErrorRecord): void {
    if (this.#end()) this.#asker.failed(error)
  }

  expire(): void {
    if (this.#end()) this.#asker.expired(this.#deadlineMs)
  }

  #end(): boolean {
    if (!this.#waiting) return false
    this.#waiting = false
    this.#deadlines.remove(this, this.#deadlineMs)
    return true
  }
}
