/**
 * The ledger: every delivery from its acceptance until it settles.
 *
 * Owns: the live entries, their slots, and the counts of how they ended.
 * Does not own: where a delivery is to run (placement), what it belongs to (tasks).
 * Invariants: D4, an entry is made by `accept` alone and leaves by `settle` alone, with one outcome;
 * `inFlight` is the number of live entries, counted as such.
 */
import type { ErrorRecord } from '../errors.ts'
import type { PayloadForm } from '../messages/payload.ts'
import { NO_CLAIM } from '../wire/counters.ts'
import type { KeyRecord } from './key-record.ts'
import type { Permit } from './limits.ts'
import type { Caller } from './requests.ts'
import type { Task } from './tasks.ts'
import type { TurnAsker } from './turn-asker.ts'

export type Outcome = 'handled' | 'deadLettered' | 'dropped' | 'cancelled'

/** One message for one agent. See docs/contract.md for its states. */
export interface Delivery extends Origin, Omit<Recipient, 'domain'> {
  /** Its place in the ledger while it lives: its name on the wire. */
  slot: number
  state: 'waiting' | 'posted' | 'settled'
  /** Counts acceptances; the order in which a key's turns start (D1). */
  readonly order: number
  /** Where it queues; set by placement. */
  home: KeyRecord | undefined
  /** The number in its message id; the same for all deliveries of a publish. */
  readonly sequence: number
  attempt: number
  /** What went wrong with it so far; undefined for nearly all. */
  incidents: Incidents | undefined
  /** Why it is to end, once its lane has said so; undefined: it is not. */
  cancelled: string | undefined
  /** What decides whether its lane begins it or the router takes it back; 0: it can't be taken back. */
  claim: number
  /** Whether watchers have seen events of its present attempt. */
  emitted: boolean
  /** Who waits for the reply. */
  readonly caller: Caller | undefined
  /** What its turn has asked of other keys, by position: kept for its next attempt, until it settles (D7). */
  asks: Map<number, TurnAsker> | undefined
  /** What its turn has of named limits. */
  permits: Set<Permit> | undefined
}

/** Attempts of one delivery that came to nothing. */
export interface Incidents {
  /** How many lanes died with its turn in them, so that it was suspected or known to have ended them. */
  deaths: number
  /** Of those, how many its own code is known to have ended. */
  caused: number
  /** How many of its turns failed. */
  failures: number
  /** When it may be tried again, in milliseconds of the router's clock. */
  notBefore: number
  readonly history: Incident[]
}

/** One attempt that came to nothing. */
export interface Incident {
  /** From 1. */
  readonly attempt: number
  /** `failed`: its handler threw, or took too long. `lane-died`: its lane died with the turn in it. */
  readonly kind: 'failed' | 'lane-died'
  readonly error: ErrorRecord
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What all deliveries of one message have in common. */
export interface Origin {
  readonly message: string
  readonly payload: unknown
  readonly bytes: number
  readonly form: PayloadForm
  /** Empty: from outside. */
  readonly senderAgent: string
  readonly senderKey: string
  /** Empty: a request. */
  readonly topicType: string
  readonly topicSource: string
  readonly task: Task
  /** How many turns lie between it and its task's first message. */
  readonly depth: number
  /** Milliseconds within which its turn is to begin; 0: it may take any time. */
  readonly ttlMs: number
  /** The sequence of the delivery whose turn published or asked it; 0: it came from outside. */
  readonly parent: number
  /** The `id` that its publisher or asker outside gave it. */
  readonly givenId: string | undefined
}

export interface Recipient {
  readonly agent: string
  readonly key: string
  /** The serial domain that it belongs to. */
  readonly domain: string
}

/** Deliveries since the start, and those in flight: what was accepted is the sum of the others, at every moment (D4). */
export interface LedgerCounts {
  readonly accepted: number
  readonly handled: number
  readonly deadLettered: number
  readonly dropped: number
  readonly cancelled: number
  readonly inFlight: number
}

export class Ledger {
  readonly #entries: (Delivery | undefined)[] = []
  readonly #free: number[] = []
  readonly #counts = { accepted: 0, handled: 0, deadLettered: 0, dropped: 0, cancelled: 0 }
  #live = 0
  #bytes = 0

  /** Live entries. */
  get inFlight(): number {
    return this.#live
  }

  /** The estimated bytes of all live entries' payloads. */
  get bytes(): number {
    return this.#bytes
  }

  get counts(): LedgerCounts {
    return { ...this.#counts, inFlight: this.#live }
  }

  accept(origin: Origin, to: Recipient, sequence: number, caller: Caller | undefined): Delivery {
    // Written out, field by field: every entry has the same hidden class, and this is the hottest allocation.
    const slot = this.#free.pop() ?? this.#entries.length
    const delivery: Delivery = {
      slot,
      state: 'waiting',
      order: ++this.#counts.accepted,
      agent: to.agent,
      key: to.key,
      home: undefined,
      message: origin.message,
      payload: origin.payload,
      bytes: origin.bytes,
      form: origin.form,
      sequence,
      senderAgent: origin.senderAgent,
      senderKey: origin.senderKey,
      topicType: origin.topicType,
      topicSource: origin.topicSource,
      task: origin.task,
      depth: origin.depth,
      ttlMs: origin.ttlMs,
      parent: origin.parent,
      givenId: origin.givenId,
      attempt: 1,
      incidents: undefined,
      cancelled: undefined,
      claim: NO_CLAIM,
      emitted: false,
      caller,
      asks: undefined,
      permits: undefined,
    }
    this.#entries[slot] = delivery
    this.#live++
    this.#bytes += delivery.bytes
    return delivery
  }

  /** Ends an entry. Its slot may be given out again from now on. */
  settle(delivery: Delivery, outcome: Outcome): void {
    if (this.#entries[delivery.slot] !== delivery || delivery.state === 'settled') {
      throw new Error(`delivery ${delivery.order} is settled twice`) // D4: a defect of heddle, never of its user
    }
    delivery.state = 'settled'
    this.#entries[delivery.slot] = undefined
    this.#free.push(delivery.slot)
    this.#live--
    this.#bytes -= delivery.bytes
    this.#counts[outcome]++
  }

  at(slot: number): Delivery {
    const delivery = this.#entries[slot]
    if (delivery === undefined) throw new Error(`slot ${slot} holds no delivery`)
    return delivery
  }

  find(slot: number): Delivery | undefined {
    return this.#entries[slot]
  }

  /** All live entries, in no order. */
  *entries(): Generator<Delivery> {
    for (const delivery of this.#entries) if (delivery !== undefined) yield delivery
  }

  /** All live entries, oldest first. */
  live(): Delivery[] {
    return this.#entries
      .filter((delivery) => delivery !== undefined)
      .sort((one, other) => one.order - other.order)
  }
}
