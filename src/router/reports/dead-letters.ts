/**
 * Deliveries that could not be handled, kept with their reason until they are replayed or
 * discarded.
 *
 * Owns: the letters, up to a limit.
 * Does not own: the course of a replay, which is a new acceptance (D4).
 */
import { types } from 'node:util'
import { askPredicate } from '../../agents/predicate.ts'
import { assertOutsideTurn } from '../../agents/turn-context.ts'
import { isPlain, isRecord } from '../../describe.ts'
import { Fifo } from '../../fifo.ts'
import { handOut } from '../../messages/frozen.ts'
import type { MessageFacts } from '../../messages/message-facts.ts'
import { bindMethods } from '../../methods.ts'
import { checkOptions, invalidOption } from '../../option-check.ts'
import type { Delivery, Incident } from '../ledger/delivery.ts'
import type { DeadLetterReason } from '../ledger/endings.ts'
import { Listeners } from './listeners.ts'

/** A delivery that could not be handled, as data. */
export interface DeadLetter extends MessageFacts {
  /** Numbers the dead letters of a runtime, from 1. */
  readonly id: number
  readonly reason: DeadLetterReason
  readonly payload: unknown
  /** Whether a caller waited for the reply, and got the error. */
  readonly answered: boolean
  readonly attempts: number
  /** The incidents before the last attempt: the first one, and the latest ones. */
  readonly history: readonly Incident[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * Selects dead letters: those that match all the given fields, or those for which the function
 * returns true.
 */
export type DeadLetterFilter =
  | {
      readonly id?: number
      readonly reason?: DeadLetterReason['kind']
      readonly message?: string
      /** An agent type, or an agent's `type/key`. */
      readonly recipient?: string
      /** A topic type, or a topic's `type/source`. */
      readonly topic?: string
    }
  | ((letter: DeadLetter) => boolean)

/** Dead letters of a runtime since its start. */
export interface DeadLetterCounts {
  readonly total: number
  /** The total by reason; a reason that did not occur is absent. */
  readonly byReason: Readonly<Partial<Record<DeadLetterReason['kind'], number>>>
  /** How many of them are kept: neither replayed, nor discarded, nor dropped for lack of room. */
  readonly kept: number
  /** How many of them were dropped for lack of room. */
  readonly forgotten: number
}

/** How many dead letters are kept. */
export interface DeadLetterLimits {
  /** Default 10,000. */
  readonly max: number
  /** Which letters stay when there are more. Default `newest`. */
  readonly keep: 'newest' | 'oldest'
}

interface Kept {
  readonly letter: DeadLetter
  readonly delivery: Delivery
}

export class DeadLetters {
  readonly #kept = new Map<number, Kept>()
  /**
   * Their ids, oldest first, and some ids of letters that are no longer kept. A map alone would be
   * slow to find its first entry.
   */
  readonly #order = new Fifo<number>()
  readonly #limits: DeadLetterLimits
  readonly #accept: (delivery: Delivery) => Promise<unknown> | undefined
  readonly #watchers = new Listeners<DeadLetter>('deadLetters.watch')
  readonly #byReason: Partial<Record<DeadLetterReason['kind'], number>> = {}
  #made = 0
  #forgotten = 0

  /** `accept` accepts a delivery again. */
  constructor(
    limits: DeadLetterLimits,
    accept: (delivery: Delivery) => Promise<unknown> | undefined,
  ) {
    this.#limits = limits
    this.#accept = accept
    bindMethods(this)
  }

  add(delivery: Delivery, about: Omit<DeadLetter, 'id'>): DeadLetter {
    const letter: DeadLetter = { id: ++this.#made, ...about }
    const { kind } = letter.reason
    this.#byReason[kind] = (this.#byReason[kind] ?? 0) + 1
    this.#keep({ letter, delivery })
    this.#watchers.tell(letter)
    return letter
  }

  get size(): number {
    return this.#kept.size
  }

  get forgotten(): number {
    return this.#forgotten
  }

  get counts(): DeadLetterCounts {
    const { size: kept, forgotten } = this
    return { total: this.#made, byReason: { ...this.#byReason }, kept, forgotten }
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  list(filter: DeadLetterFilter = {}): DeadLetter[] {
    return this.#meant(filter).map(({ letter }) => handOut(letter))
  }

  watch(listener: (letter: DeadLetter) => void): () => void {
    return this.#watchers.add(listener)
  }

  async replay(filter: DeadLetterFilter): Promise<number> {
    assertOutsideTurn('deadLetters.replay')
    let replayed = 0
    for (const kept of this.#meant(filter)) {
      // Removed first: a second replay must not find the letter while this one waits for room.
      if (!this.#kept.delete(kept.letter.id)) continue
      try {
        await this.#accept(kept.delivery)
      } catch (error) {
        this.#keep(kept)
        throw error
      }
      replayed++
    }
    return replayed
  }

  discard(filter: DeadLetterFilter): number {
    assertOutsideTurn('deadLetters.discard')
    const meant = this.#meant(filter)
    for (const { letter } of meant) this.#kept.delete(letter.id)
    return meant.length
  }

  #keep(kept: Kept): void {
    const { id } = kept.letter
    this.#kept.set(id, kept)
    this.#order.push(id)
    if (this.#order.size > 2 * this.#limits.max) this.#order.remove((one) => !this.#kept.has(one))
    if (this.#kept.size <= this.#limits.max) return
    if (this.#limits.keep === 'oldest') this.#kept.delete(id)
    else while (!this.#kept.delete(this.#order.shift() as number));
    this.#forgotten++
  }

  #meant(filter: DeadLetterFilter): Kept[] {
    const isMeant = matcherOf(filter)
    return [...this.#kept.values()].filter(({ letter }) => isMeant(letter))
  }
}

const FILTER = ['id', 'reason', 'message', 'recipient', 'topic'] as const
const A_FILTER = 'a record of values that the letters share, or a function'

/** Throws HEDDLE_INVALID_OPTION: letters that matched by mistake would be discarded for good. */
function matcherOf(filter: DeadLetterFilter): (letter: DeadLetter) => boolean {
  if (typeof filter === 'function') {
    return (letter) => askPredicate('filter', filter, handOut(letter))
  }
  if (!isRecord(filter) || types.isProxy(filter) || !isPlain(filter)) {
    throw invalidOption('filter', filter, A_FILTER)
  }
  const { id, reason, message, recipient, topic } = checkOptions(filter, FILTER, 'filter')
  if (id !== undefined && typeof id !== 'number') {
    throw invalidOption('filter.id', id, 'the id of a dead letter, which is a number')
  }
  if (reason !== undefined && !isReason(reason)) {
    throw invalidOption('filter.reason', reason, `one of ${Object.keys(REASONS).join(', ')}`)
  }
  for (const [name, value] of Object.entries({ message, recipient, topic })) {
    if (value !== undefined && typeof value !== 'string') {
      throw invalidOption(`filter.${name}`, value, 'a string')
    }
  }
  return (letter) =>
    (id === undefined || letter.id === id) &&
    (reason === undefined || letter.reason.kind === reason) &&
    (message === undefined || letter.message === message) &&
    (recipient === undefined || isNamed(letter.recipient, recipient)) &&
    (topic === undefined || isNamed(letter.topic, topic))
}

const REASONS: Readonly<Record<DeadLetterReason['kind'], true>> = {
  'no-subscriber': true,
  unhandled: true,
  failed: true,
  poison: true,
  'intervention-failed': true,
  shed: true,
  expired: true,
  'task-limit': true,
  'no-lane': true,
  stopped: true,
}

function isReason(reason: unknown): boolean {
  return typeof reason === 'string' && Object.hasOwn(REASONS, reason)
}

/** Whether `name` is the whole id, or its type. */
function isNamed(id: string | undefined, name: string): boolean {
  return id === name || id?.startsWith(`${name}/`) === true
}
