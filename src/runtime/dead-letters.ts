/** Deliveries that could not be handled, kept with their reason. */
import type { ErrorRecord } from '../errors.ts'
import { Fifo } from './fifo.ts'

/** Why a delivery could not be handled. */
export type DeadLetterReason =
  /** Nobody subscribes to the topic, or no subscriber handles the message. */
  | { readonly kind: 'no-subscriber' }
  /** None of the agent's handlers matched. */
  | { readonly kind: 'unhandled'; readonly error: ErrorRecord }
  /** The handler threw. */
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  /** Its turn was alone in a lane that died, twice. */
  | { readonly kind: 'poison'; readonly error: ErrorRecord }
  | { readonly kind: 'intervention-failed'; readonly error: ErrorRecord }
  /** A full runtime sheds what comes from outside. */
  | { readonly kind: 'shed'; readonly bound: string; readonly limit: number }
  | { readonly kind: 'task-limit'; readonly limit: 'depth' | 'total'; readonly value: number }
  | { readonly kind: 'no-lane'; readonly error: ErrorRecord }
  /** The runtime stopped before it was done. */
  | { readonly kind: 'stopped' }

/** A delivery that could not be handled, as data. */
export interface DeadLetter {
  readonly reason: DeadLetterReason
  readonly message: string
  readonly messageId: string
  readonly payload: unknown
  /** `type/source`; undefined for a request. */
  readonly topic: string | undefined
  /** `type/key`; undefined when there was no recipient. */
  readonly recipient: string | undefined
  readonly sender: string | undefined
  readonly attempts: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Keeps the newest, up to a limit. */
export class DeadLetters {
  readonly #kept = new Fifo<DeadLetter>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  add(letter: DeadLetter): void {
    this.#kept.push(letter)
    if (this.#kept.size > this.#limit) this.#kept.shift()
  }

  list(): DeadLetter[] {
    return [...this.#kept]
  }
}
