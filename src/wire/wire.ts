/**
 * All that crosses between the router and a lane: two unions, each record with a `kind`.
 *
 * Batches are in columns (one array for each field, one row for each delivery; numbers in typed
 * arrays), which halves the cost of a post. Names (agent types, message names, topic types) cross
 * once and are numbers from then on: a record's `names` lists those that its numbers use for the
 * first time. An empty name starts the list again.
 */
import type { LogLevel } from '../agents/turn.ts'
import type { ErrorRecord } from '../errors.ts'
import type { PayloadForm } from '../messages/payload.ts'
import type { Encoded } from '../state/encoding.ts'
import type { LateErrorRecord } from './late-error.ts'
import type { RecordedResult } from './recorded.ts'

export type ToLane =
  | DeliverRecord
  | RepliesRecord
  | CancelRecord
  | ExpireRecord
  | OverdueRecord
  | GiveUpRecord
  | PassivateRecord
  | RecallRecord
  | CellsRecord
  | ObserveRecord

export type FromLane =
  | CommitRecord
  | RequestsRecord
  | AbandonRecord
  | ReleaseRecord
  | RecordedRecord
  | ObservationsRecord
  | UndoneRecord
  | DryRecord

/** The number of a name, plus one; 0 stands for the default that the column names. */
export type NameRef = number

/** Deliveries to run, in the order of acceptance for each key. */
export interface DeliverRecord {
  readonly kind: 'deliver'
  readonly names: readonly string[]
  /** A fixed number of numbers for each delivery; see deliver-record.ts. */
  readonly rows: Int32Array
  /** Keys that are not in the lane's table, in the order of the rows. */
  readonly keys: readonly string[]
  readonly payloads: readonly unknown[]
  /** Whether all payloads may cross as one JSON text. */
  readonly form: 'text' | 'cloned'
  /** Texts that some rows refer to, in the order of the rows. */
  readonly texts: readonly string[]
  /** What only few rows need. */
  readonly extras: readonly DeliverExtra[]
}

export interface DeliverExtra {
  readonly row: number
  /** Given when it is more than 1. */
  readonly attempt?: number
  /** How many of its attempts failed, when that is more than 0. */
  readonly failures?: number
  /** Milliseconds until its turn may begin: the rest of the pause before it is tried again. */
  readonly delayMs?: number
  /** The payload has parts that can't be frozen: the turn gets its own copy. */
  readonly copied?: true
  /** The agents that wait for the answer, outermost first; only for requests. */
  readonly chain?: readonly string[]
  /** Committed state of the key's agents, when the key is not live on the lane. */
  readonly activate?: readonly StoredAgent[]
  /** What earlier attempts of its turn did once. */
  readonly recorded?: readonly RecordedResult[]
}

/** The committed state of one agent id: its type, and its fields as pairs of name and text. */
export interface StoredAgent {
  readonly agent: string
  readonly fields: readonly (readonly [field: string, value: Encoded])[]
}

/** Answers to requests that the lane's turns wait for. */
export interface RepliesRecord {
  readonly kind: 'replies'
  readonly replies: readonly Reply[]
}

export type Reply =
  | {
      readonly kind: 'value'
      readonly id: number
      readonly value: unknown
      /** An intervention made the reply: the asking lane checks it. */
      readonly isRevised?: true
    }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorRecord }
  /** How far a call of a part is; its answer comes later. */
  | { readonly kind: 'progress'; readonly id: number; readonly value: unknown }

/**
 * Deliveries to give up: those that have not begun are answered as cancelled, running turns are
 * aborted.
 */
export interface CancelRecord extends KeyedNames {
  readonly kind: 'cancel'
  readonly reasons: readonly string[]
}

/** Deliveries whose time to live is over: those that have not begun are given back. */
export interface ExpireRecord extends KeyedNames {
  readonly kind: 'expire'
}

/** Turns that have run too long: they are asked to stop. */
export interface OverdueRecord extends TurnNames {
  readonly kind: 'overdue'
  readonly attempts: readonly number[]
}

/** Turns that were asked to stop and did not: they are ended at their present point. */
export interface GiveUpRecord extends TurnNames {
  readonly kind: 'give-up'
  readonly attempts: readonly number[]
}

/** Turns, identified without ambiguity: a slot alone may have been given out again meanwhile. */
export interface TurnNames {
  readonly slots: readonly number[]
  /** Their message ids, as numbers. */
  readonly sequences: readonly number[]
  /** Undefined: the attempt that is under way. */
  readonly attempts?: readonly number[]
}

/** The same with their keys, to find those that have not begun. */
export interface KeyedNames extends TurnNames {
  readonly keys: readonly string[]
}

/** Keys whose live agents are dropped; none of them has work. */
export interface PassivateRecord {
  readonly kind: 'passivate'
  readonly keys: readonly string[]
}

/**
 * Keys whose deliveries and live agents are dropped: the router has won the claim on the first of
 * these deliveries, and takes all of them back. The lane answers with a record, so that the router
 * knows that this one has been read.
 */
export interface RecallRecord {
  readonly kind: 'recall'
  readonly keys: readonly string[]
}

/** More cells of the lane's shared memory, for deliveries that follow. */
export interface CellsRecord {
  readonly kind: 'cells'
  readonly chunk: number
  readonly cells: SharedArrayBuffer
}

/** Whether commits carry the times of their turns. */
export interface ObserveRecord {
  readonly kind: 'observe'
  readonly times: boolean
}

/**
 * What ended turns did: taken in as a whole, or not at all (D5). Rows are turns, in the order in
 * which they ended.
 */
export interface CommitRecord {
  readonly kind: 'commit'
  readonly names: readonly string[]
  readonly slots: Int32Array
  /** Milliseconds for which the lane's thread was busy since its last commit. */
  readonly busyMs: number
  /** Rows that were not handled. */
  readonly failures: readonly TurnFailure[]
  /**
   * The start and end of each turn, alternating, in milliseconds of the lane's clock; empty unless
   * observed.
   */
  readonly times: readonly number[]
  /** Undefined: no turn changed state. */
  readonly changes: ChangeColumns | undefined
  /** Undefined: no turn published. */
  readonly outbox: OutboxColumns | undefined
  readonly replies: readonly { readonly row: number; readonly value: unknown }[]
}

export type TurnFailure =
  | { readonly kind: 'failed'; readonly row: number; readonly error: ErrorRecord }
  /** It failed, and is tried again after a pause in which its key waits. It is not settled. */
  | {
      readonly kind: 'retried'
      readonly row: number
      readonly error: ErrorRecord
      readonly delayMs: number
    }
  | { readonly kind: 'unhandled'; readonly row: number; readonly error: ErrorRecord }
  | { readonly kind: 'cancelled'; readonly row: number; readonly begun: boolean }
  /** Its time to live was over before its turn began. */
  | { readonly kind: 'expired'; readonly row: number }

/** Changed state fields. `values`: `null` deletes an entry. */
export interface ChangeColumns {
  readonly rows: readonly number[]
  /** 0: the turn's own agent; otherwise an agent of the same key that ran in a nested request. */
  readonly agents: readonly NameRef[]
  readonly fields: readonly string[]
  readonly values: readonly (Encoded | null)[]
}

/** Published messages. */
export interface OutboxColumns {
  readonly rows: readonly number[]
  /** 0: the turn's own agent. */
  readonly senders: readonly NameRef[]
  readonly messages: readonly NameRef[]
  /** 0: the message's name. */
  readonly topicTypes: readonly NameRef[]
  /** 0: the turn's own key. */
  readonly topicSources: readonly (string | 0)[]
  readonly payloads: readonly unknown[]
  /** Whether all payloads may cross as one JSON text. */
  readonly form: 'text' | 'cloned'
  readonly bytes: readonly number[]
  /** Milliseconds to live, 0 for any time; undefined: 0 for all. */
  readonly ttls: readonly number[] | undefined
  /** Sums of {@link TO_SELF}, {@link COPIED} and {@link TEXT}. */
  readonly flags: readonly number[]
}

export const TO_SELF = 1
export const COPIED = 2
export const TEXT = 4

/**
 * What running turns ask for: replies from agents of other keys, room in named limits, and what
 * the main thread does for them.
 */
export interface RequestsRecord {
  readonly kind: 'requests'
  readonly requests: readonly LaneRequest[]
  readonly acquires: readonly LaneAcquire[]
  readonly calls: readonly LaneCall[]
}

/** A call of a part of the main thread (tools/main-part.ts). */
export interface LaneCall {
  /** As the `id` of a request. */
  readonly id: number
  readonly slot: number
  readonly sender: string
  readonly call: { readonly kind: string; readonly data: unknown }
}

export interface LaneAcquire {
  /** As the `id` of a request. */
  readonly id: number
  readonly slot: number
  readonly sender: string
  readonly limit: string
  readonly deadlineMs: number | undefined
}

/**
 * Permits that turns under way give back. Permits that a turn holds at its end go back by
 * themselves.
 */
export interface ReleaseRecord {
  readonly kind: 'release'
  readonly ids: readonly number[]
}

export interface LaneRequest {
  /** The lane's number for the request; the reply carries it back. */
  readonly id: number
  /** The turn that waits. */
  readonly slot: number
  /**
   * The number of the request in its turn, from 1: every attempt that does the same gives it the
   * same number (D7).
   */
  readonly position: number
  readonly sender: string
  readonly agent: string
  readonly key: string
  readonly message: string
  readonly payload: unknown
  readonly bytes: number
  readonly form: PayloadForm
  readonly deadlineMs: number | undefined
  /** The agents that wait, outermost first, the sender last. */
  readonly chain: readonly string[]
}

/** Requests whose answers are not waited for any more. */
export interface AbandonRecord {
  readonly kind: 'abandon'
  readonly ids: readonly number[]
}

/**
 * The result of an effect outside that a turn did once: posted as soon as it has come back, since
 * the turn may be lost with its lane.
 */
export interface RecordedRecord {
  readonly kind: 'recorded'
  readonly slot: number
  /** Its message id, as a number: the turn may have settled meanwhile. */
  readonly sequence: number
  readonly result: RecordedResult
}

/** What watchers see at once, whatever happens to the turn. */
export interface ObservationsRecord {
  readonly kind: 'observations'
  readonly items: readonly Observation[]
}

export type Observation =
  | { readonly kind: 'emitted'; readonly slot: number; readonly event: unknown }
  | {
      readonly kind: 'logged'
      readonly slot: number
      readonly level: LogLevel
      readonly text: string
      readonly fields: Readonly<Record<string, unknown>> | undefined
    }
  | LateErrorRecord

/**
 * Turns that were under way or had ended, and run again at their places as if they had never run:
 * the events that watchers saw from them no longer count.
 */
export interface UndoneRecord {
  readonly kind: 'undone'
  readonly slots: readonly number[]
}

/**
 * The lane has nothing to run, and its running turns, if any, are suspended; or it has read a
 * recall.
 */
export interface DryRecord {
  readonly kind: 'dry'
}
