/** How much may be in flight, and whether a message from outside would exceed that (D8). */
import type { Key, Recipient } from '../ledger/delivery.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** How much may be in flight at the same time, and what happens at the bound (D8). */
export interface BoundOptions {
  /** Deliveries in flight, in the runtime. Default 10,000. */
  readonly messages?: number
  /** Their estimated bytes. Default 256 MiB. */
  readonly bytes?: number
  /** Deliveries in flight for one key. Default: a tenth of `messages`, at least 1. */
  readonly keyMessages?: number
  /** Their estimated bytes. Default: a quarter of `bytes`, at least 1. */
  readonly keyBytes?: number
  /**
   * What a publish or send from outside does at a bound. `wait` (the default): its promise waits
   * for room. `reject`: it fails with HEDDLE_BOUND_REACHED. `shed`: it is accepted and becomes a
   * dead letter at once. What turns publish is never held back, but counts.
   */
  readonly policy?: 'wait' | 'reject' | 'shed'
}

export type Bounds = Required<BoundOptions>

const MESSAGES = 10_000
const BYTES = 256 * 1_024 * 1_024
/**
 * A key's bounds are fractions of the runtime's: a key that is stuck must leave room for the
 * others.
 */
const KEY_MESSAGES_PART = 10
const KEY_BYTES_PART = 4

export function boundsOf(given: BoundOptions = {}): Bounds {
  const { messages = MESSAGES, bytes = BYTES, policy = 'wait' } = given
  const {
    keyMessages = Math.max(1, Math.floor(messages / KEY_MESSAGES_PART)),
    keyBytes = Math.max(1, Math.floor(bytes / KEY_BYTES_PART)),
  } = given
  return { messages, bytes, keyMessages, keyBytes, policy }
}

/**
 * A bound that is reached. The runtime's own bounds hold back every message, a key's bounds only
 * messages for that key.
 */
export interface Reached {
  readonly bound: 'messages' | 'bytes' | 'keyMessages' | 'keyBytes'
  readonly limit: number
}

/**
 * Compares what is in flight with the bounds. A bound always lets a message in when nothing counts
 * against it.
 */
export class Room {
  readonly bounds: Bounds
  readonly #ledger: Ledger
  readonly #find: (domain: string) => Key | undefined

  constructor(bounds: Bounds, ledger: Ledger, find: (domain: string) => Key | undefined) {
    this.bounds = bounds
    this.#ledger = ledger
    this.#find = find
  }

  /** The runtime's own bound that a message for these recipients would exceed. */
  reached(recipients: readonly Recipient[], bytes: number): Reached | undefined {
    const { bounds } = this
    const { inFlight } = this.#ledger
    if (inFlight === 0) return undefined
    if (inFlight + recipients.length > bounds.messages) return at('messages', bounds.messages)
    if (this.#ledger.bytes + bytes * recipients.length > bounds.bytes)
      return at('bytes', bounds.bytes)
    return undefined
  }

  /** The first key that has no room for its part of the message. */
  fullKey(
    recipients: readonly Recipient[],
    bytes: number,
  ): (Reached & { readonly domain: string }) | undefined {
    const { keyMessages, keyBytes } = this.bounds
    for (const [domain, count] of countsByKey(recipients)) {
      const key = this.#find(domain)
      if (key === undefined || key.inFlight === 0) continue
      if (key.inFlight + count > keyMessages) return { domain, ...at('keyMessages', keyMessages) }
      if (key.bytes + bytes * count > keyBytes) return { domain, ...at('keyBytes', keyBytes) }
    }
    return undefined
  }
}

/** How many of the recipients are of each key: agents of one key share its room. */
function countsByKey(recipients: readonly Recipient[]): Iterable<readonly [string, number]> {
  const [only] = recipients
  if (only === undefined) return []
  if (recipients.length === 1) return [[only.domain, 1]]
  const counts = new Map<string, number>()
  for (const { domain } of recipients) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  return counts
}

function at(bound: Reached['bound'], limit: number): Reached {
  return { bound, limit }
}
