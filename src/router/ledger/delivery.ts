/**
 * A delivery: one message for one agent, and all that the router keeps of it until it settles.
 *
 * Owns: its state, which changes only by `markPosted`, `markWaiting` and `markSettled`.
 */
import { defect } from '../../defect.ts'
import type { ErrorRecord, HeddleError } from '../../errors.ts'
import type { PayloadForm } from '../../messages/payload.ts'
import type { Recorded } from '../../wire/recorded.ts'
import type { LaneRequest } from '../../wire/wire.ts'
import type { Caller } from './caller.ts'
import type { KeyRecord } from './key-record.ts'
import type { LiveInTask, Task } from './task.ts'

/** What the router knows of one key. */
export type Key = KeyRecord<Delivery>

/** A request that a turn has sent to another key. */
export interface KeptAsk {
  readonly request: LaneRequest
  /** The turn that asks. */
  readonly asking: Delivery
  /** The delivery of the request, until it settles. */
  readonly delivery: Delivery | undefined
  readonly answer: { readonly value: unknown } | undefined
}

/** A turn's permit of a named limit. */
export interface HeldPermit {
  end(): void
}

/** One message for one agent. See docs/contract.md for its states. */
export interface Delivery extends Origin, Omit<Recipient, 'domain'>, LiveInTask {
  /** Its place in the ledger while it is live, which identifies it on the wire. */
  slot: number
  readonly state: 'waiting' | 'posted' | 'settled'
  /** The number of its acceptance; a key's turns start in this order (D1). */
  readonly order: number
  /** The key in whose queue it waits; set by placement. */
  home: Key | undefined
  /** The number in its message id; the same for all deliveries of a publish. */
  readonly sequence: number
  attempt: number
  /** Its failed attempts so far; undefined for nearly all. */
  incidents: Incidents | undefined
  /** Why it was cancelled: it ends once its lane confirms. Undefined: it was not. */
  cancelled: string | undefined
  /**
   * The claim, which decides whether its lane begins it or the router takes it back; 0: it can't be
   * taken back.
   */
  claim: number
  /** While it is posted: the one that was posted after it for the same key. */
  behind: Delivery | undefined
  /** The look of the watch on its lane that is to look at its turn; 0: none. */
  dueAt: number
  /** Whether watchers have seen events of its present attempt. */
  emitted: boolean
  /** The caller that waits for the reply. */
  readonly caller: Caller | undefined
  /**
   * The requests that its turn has sent to other keys, by position: kept for its next attempt,
   * until it settles (D7).
   */
  asks: Map<number, KeptAsk> | undefined
  /** What its turn did once: kept for its next attempt, until it settles (D7). */
  recorded: Recorded | undefined
  /** The permits of named limits that its turn holds. */
  permits: Set<HeldPermit> | undefined
}

/** The estimated bytes that the router keeps for a delivery. */
export function sizeOf({ bytes, recorded }: Delivery): number {
  return recorded === undefined ? bytes : bytes + recorded.bytes
}

/** Notes that a waiting delivery is posted to its key's lane. */
export function markPosted(delivery: Delivery): void {
  move(delivery, 'waiting', 'posted')
}

/** Notes that a posted delivery was taken back, or that its lane has died. */
export function markWaiting(delivery: Delivery): void {
  move(delivery, 'posted', 'waiting')
}

/** Notes that a delivery has ended. Each one ends once (D4). */
export function markSettled(delivery: Delivery): void {
  if (delivery.state === 'settled') throw wrongMove(delivery, 'settled')
  stateOf(delivery).state = 'settled'
}

function move(delivery: Delivery, from: Delivery['state'], to: Delivery['state']): void {
  if (delivery.state !== from) throw wrongMove(delivery, to)
  stateOf(delivery).state = to
}

/** The one place where the state can be written. */
function stateOf(delivery: Delivery): { state: Delivery['state'] } {
  return delivery
}

function wrongMove({ order, state }: Delivery, to: Delivery['state']): HeddleError {
  return defect(`delivery ${order} is ${state}, and can't become ${to}`)
}

/** The attempts of one delivery that failed or were lost. */
export interface Incidents {
  /**
   * How many lanes died with its turn on them, so that it was suspected or known to have ended
   * them.
   */
  deaths: number
  /** How many of those its own code is known to have ended. */
  caused: number
  /** How many of its turns failed. */
  failures: number
  /** The time before which it is not tried again, in milliseconds of the router's clock. */
  notBefore: number
  readonly history: Incident[]
}

/** One attempt that failed or was lost. */
export interface Incident {
  /** From 1. */
  readonly attempt: number
  /**
   * `failed`: its handler threw, or took too long. `lane-died`: its lane died with the turn on it.
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
  /** Empty: it came from outside. */
  readonly senderAgent: string
  readonly senderKey: string
  /** Empty: it is a request. */
  readonly topicType: string
  readonly topicSource: string
  readonly task: Task
  /** How many turns are between it and its task's first message. */
  readonly depth: number
  /** Milliseconds within which its turn must begin; 0: no limit. */
  readonly ttlMs: number
  /** The sequence of the delivery whose turn published or sent it; 0: it came from outside. */
  readonly parent: number
  /** The `id` that its publisher or sender outside gave it. */
  readonly givenId: string | undefined
}

export interface Recipient {
  readonly agent: string
  readonly key: string
  /** The serial domain to which the recipient belongs. */
  readonly domain: string
}
