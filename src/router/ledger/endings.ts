/** How deliveries, tasks and messages end. */
import type { ErrorRecord } from '../../errors.ts'

export type Outcome = 'handled' | 'deadLettered' | 'dropped' | 'cancelled'

/** Why a delivery could not be handled. */
export type DeadLetterReason =
  /** No agent subscribes to the topic, or no subscriber handles the message. */
  | { readonly kind: 'no-subscriber' }
  /** None of the agent's handlers matched. */
  | { readonly kind: 'unhandled'; readonly error: ErrorRecord }
  /**
   * The handler threw or took too long, or work that it had begun failed with an uncaught error.
   */
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  /**
   * Its turn's code ended its lane twice; or, if the culprit could not be determined, it was alone
   * on the lane the second time.
   */
  | { readonly kind: 'poison'; readonly error: ErrorRecord }
  | { readonly kind: 'intervention-failed'; readonly error: ErrorRecord }
  /** The runtime was full, and sheds messages from outside. */
  | { readonly kind: 'shed'; readonly bound: string; readonly limit: number }
  /** Its turn had not begun within its time to live. */
  | { readonly kind: 'expired'; readonly ttlMs: number }
  | { readonly kind: 'task-limit'; readonly limit: 'depth' | 'total'; readonly value: number }
  | { readonly kind: 'no-lane'; readonly error: ErrorRecord }
  /** The runtime stopped before it was done. */
  | { readonly kind: 'stopped' }

/** Why a task ended: a closed union to switch on (D10). */
export type StopReason =
  /** All of it was handled. */
  | { readonly kind: 'completed' }
  /** Some of its deliveries became dead letters; the rest was handled. */
  | {
      readonly kind: 'dead-letters'
      readonly count: number
      readonly first: DeadLetterReason
      /** The id of the agent that the first was for; undefined: nobody subscribed. */
      readonly agent: string | undefined
    }
  /** Interventions dropped some of its messages, the first for this reason. */
  | { readonly kind: 'dropped'; readonly count: number; readonly first: string }
  /**
   * Some of its requests were cancelled because their callers gave up, the first for this reason.
   */
  | { readonly kind: 'withdrawn'; readonly count: number; readonly first: string }
  | { readonly kind: 'cancelled'; readonly reason: string }
  /** The task passed its limit of depth or total, and was cut. */
  | { readonly kind: 'task-limit'; readonly limit: 'depth' | 'total'; readonly value: number }
  /** The runtime stopped before it was done. */
  | { readonly kind: 'stopped' }

export type End =
  | { readonly kind: 'handled'; readonly reply?: unknown }
  | { readonly kind: 'dead-lettered'; readonly reason: DeadLetterReason }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly reason: string }
