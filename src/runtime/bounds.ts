/** How much may be in flight, and what becomes of a publish from outside when it is too much (D8). */
import { Fifo } from './fifo.ts'
import type { KeyRecord } from './key-record.ts'
import type { Ledger, Recipient } from './ledger.ts'

/** How much may be in flight at once, and what happens then (D8). */
export interface BoundOptions {
  /** Deliveries in flight, in the runtime. Default 10,000. */
  readonly messages?: number
  /** Their estimated bytes. Default 256 MiB. */
  readonly bytes?: number
  /** Deliveries in flight for one key. Default 10,000. */
  readonly keyMessages?: number
  /** Their estimated bytes. Default 256 MiB. */
  readonly keyBytes?: number
  /**
   * What a publish or send from outside does at a bound. `wait` (the default): its promise waits for room.
   * `reject`: it fails with HEDDLE_BOUND_REACHED. `shed`: it is accepted and at once a dead letter.
   * What turns publish is never held back, but counts.
   */
  readonly policy?: 'wait' | 'reject' | 'shed'
}

export type Bounds = Required<BoundOptions>

export const DEFAULT_BOUNDS: Bounds = {
  messages: 10_000,
  bytes: 256 * 1_024 * 1_024,
  keyMessages: 10_000,
  keyBytes: 256 * 1_024 * 1_024,
  policy: 'wait',
}

/** A bound that is reached; the runtime's own hold back everybody, a key's only what is for that key. */
export interface Reached {
  readonly bound: 'messages' | 'bytes' | 'keyMessages' | 'keyBytes'
  readonly limit: number
}

/** A publish from outside that waits for room. */
export interface Waiter {
  readonly recipients: readonly Recipient[]
  readonly bytes: number
  /** Takes it in; called once, when there is room. */
  readonly accept: () => void
  readonly refuse: (error: Error) => void
}

/** So many waiters for full keys are passed over; who stands behind them waits as well. */
const LOOK_AHEAD = 1_000

export class Gate {
  readonly bounds: Bounds
  readonly #ledger: Ledger
  readonly #find: (domain: string) => KeyRecord | undefined
  readonly #waiters = new Fifo<Waiter>()

  constructor(bounds: Bounds, ledger: Ledger, find: (domain: string) => KeyRecord | undefined) {
    this.bounds = bounds
    this.#ledger = ledger
    this.#find = find
  }

  get waiting(): number {
    return this.#waiters.size
  }

  /** The first bound that a message for these would pass, or undefined. A bound lets in what finds it empty. */
  reached(recipients: readonly Recipient[], bytes: number): Reached | undefined {
    const { bounds } = this
    const { inFlight } = this.#ledger
    if (inFlight > 0) {
      if (inFlight + recipients.length > bounds.messages) return at('messages', bounds.messages)
      if (this.#ledger.bytes + bytes * recipients.length > bounds.bytes)
        return at('bytes', bounds.bytes)
    }
    for (const { domain } of recipients) {
      const key = this.#find(domain)
      if (key === undefined || key.inFlight === 0) continue
      if (key.inFlight + 1 > bounds.keyMessages) return at('keyMessages', bounds.keyMessages)
      if (key.bytes + bytes > bounds.keyBytes) return at('keyBytes', bounds.keyBytes)
    }
    return undefined
  }

  wait(waiter: Waiter): void {
    this.#waiters.push(waiter)
  }

  /** Takes in who has room now, in the order in which they came; a full key holds back only what is for that key. */
  admit(): void {
    if (this.#waiters.size === 0) return
    const full = new Set<string>()
    const held: Waiter[] = []
    while (held.length < LOOK_AHEAD) {
      const waiter = this.#waiters.shift()
      if (waiter === undefined) break
      const { recipients, bytes } = waiter
      const isBehind = recipients.some(({ domain }) => full.has(domain))
      const reached = isBehind ? undefined : this.reached(recipients, bytes)
      if (!isBehind && reached === undefined) {
        waiter.accept()
        continue
      }
      held.push(waiter)
      if (reached !== undefined && !reached.bound.startsWith('key')) break
      for (const { domain } of recipients) full.add(domain)
    }
    this.#waiters.unshiftAll(held)
  }

  /** Turns everyone away. */
  close(error: Error): void {
    for (const { refuse } of this.#waiters.remove(() => true)) refuse(error)
  }
}

function at(bound: Reached['bound'], limit: number): Reached {
  return { bound, limit }
}
