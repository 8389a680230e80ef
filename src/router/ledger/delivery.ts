/** One message for one agent, and all that the router keeps of it until it settles. */
import type { ErrorRecord } from '../../errors.ts'
import type { PayloadForm } from '../../messages/payload.ts'
import type { LaneRequest } from '../../wire/wire.ts'
import type { Caller } from './caller.ts'
import type { KeyRecord } from './key-record.ts'
import type { Task } from './task.ts'

/** What the router knows of one key. */
export type Key = KeyRecord<Delivery>

/** What a turn has asked of another key. */
export interface KeptAsk {
  readonly request: LaneRequest
  /** The turn that asks. */
  readonly asking: Delivery
  /** What the request became, while that has not settled. */
  readonly delivery: Delivery | undefined
  readonly answer: { readonly value: unknown } | undefined
}

/** A turn's part of a named limit. */
export interface HeldPermit {
  end(): void
}

/** One message for one agent. See docs/contract.md for its states. */
export interface Delivery extends Origin, Omit<Recipient, 'domain'> {
  /** Its place in the ledger while it lives: its name on the wire. */
  slot: number
  state: 'waiting' | 'posted' | 'settled'
  /** Counts acceptances; the order in which a key's turns start (D1). */
  readonly order: number
  /** Where it queues; set by placement. */
  home: Key | undefined
  /** The number in its message id; the same for all deliveries of a publish. */
  readonly sequence: number
  attempt: number
  /** What went wrong with it so far; undefined for nearly all. */
  incidents: Incidents | undefined
  /** Why it is to end, once its lane has said so; undefined: it is not. */
  cancelled: string | undefined
  /**
   * What decides whether its lane begins it or the router takes it back; 0: it can't be taken back.
   */
  claim: number
  /** Whether watchers have seen events of its present attempt. */
  emitted: boolean
  /** Who waits for the reply. */
  readonly caller: Caller | undefined
  /**
   * What its turn has asked of other keys, by position: kept for its next attempt, until it settles
   * (D7).
   */
  asks: Map<number, KeptAsk> | undefined
  /** What its turn has of named limits. */
  permits: Set<HeldPermit> | undefined
}

/** Attempts of one delivery that came to nothing. */
export interface Incidents {
  /**
   * How many lanes died with its turn in them, so that it was suspected or known to have ended
   * them.
   */
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
  /**
   * `failed`: its handler threw, or took too long. `lane-died`: its lane died with the turn in it.
   */
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
