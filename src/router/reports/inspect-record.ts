/**
 * One stream of records for every tool. Records of ordinary traffic are made only while there is a
 * listener; records of trouble also go to the reporter, which reports them when there is none.
 */
import type { LogLevel } from '../../agents/turn.ts'
import type { ErrorRecord } from '../../errors.ts'
import type { MessageFacts } from '../../messages/message-facts.ts'
import type { DisposeProblem } from '../../wire/lane-handle.ts'
import type { LateErrorRecord } from '../../wire/late-error.ts'
import type { StopReason } from '../ledger/endings.ts'
import type { DeadLetter } from './dead-letters.ts'

/**
 * A closed union: switch on `kind`. No record contains configuration. Times are milliseconds since
 * 1970.
 */
export type InspectRecord =
  | ({ readonly kind: 'accepted'; readonly task: number } & MessageFacts)
  | {
      readonly kind: 'turn'
      readonly messageId: string
      readonly message: string
      readonly agent: string
      readonly key: string
      /** -1: the main thread of a runtime with lanes. */
      readonly lane: number
      readonly attempt: number
      /**
       * `retried`: the turn failed, and is tried again after a pause. A turn that is `expired`, and
       * some that are `cancelled`, never began.
       */
      readonly outcome: 'handled' | 'failed' | 'retried' | 'unhandled' | 'cancelled' | 'expired'
      /** The error of a turn that failed, is tried again, or found no handler. */
      readonly error: ErrorRecord | undefined
      /** For a turn that is tried again: milliseconds until its next attempt. */
      readonly againInMs: number | undefined
      /** Undefined for a turn that began before there was a listener. */
      readonly begunAt: number | undefined
      readonly endedAt: number | undefined
    }
  | { readonly kind: 'dead-letter'; readonly letter: DeadLetter }
  | ({ readonly kind: 'dropped'; readonly reason: string } & MessageFacts)
  | {
      readonly kind: 'cancelled'
      readonly messageId: string
      readonly agent: string
      readonly reason: string
    }
  | {
      readonly kind: 'emitted'
      readonly messageId: string
      readonly agent: string
      readonly event: unknown
    }
  | { readonly kind: 'retracted'; readonly messageId: string; readonly agent: string }
  | LogRecord
  | LateErrorRecord
  | { readonly kind: 'task-ended'; readonly task: number; readonly stopReason: StopReason }
  | { readonly kind: 'passivated'; readonly key: string; readonly lane: number }
  | { readonly kind: 'lane-started'; readonly lane: number; readonly generation: number }
  | {
      readonly kind: 'lane-died'
      readonly lane: number
      readonly generation: number
      readonly cause: ErrorRecord
      /** How many deliveries go back to the router. */
      readonly unsettled: number
      /** The agent ids of those that may have ended the lane; only the culprit, if it is known. */
      readonly suspects: readonly string[]
      /**
       * The agent id whose turn's code ended the lane; undefined: the culprit is unknown, the lane
       * was ended from outside, or that turn was over.
       */
      readonly culprit: string | undefined
    }
  /** Keys that have just reached `stallMs` without progress (D10). */
  | { readonly kind: 'stalled'; readonly keys: readonly StalledKey[] }
  /**
   * One key has kept a lane to itself for some seconds while other lanes were idle: the key could
   * be split.
   */
  | {
      readonly kind: 'hot-key'
      readonly key: string
      readonly lane: number
      readonly inFlight: number
      readonly idleLanes: number
    }
  | {
      readonly kind: 'lane-gone'
      readonly lane: number
      readonly cause: ErrorRecord
      /** The runtime's health without the lane. */
      readonly health: 'degraded' | 'down'
    }
  /** A `dispose` failed, or did not end in time. */
  | ({ readonly kind: 'dispose-failed' } & DisposeProblem)
  /**
   * A replaced lane has loaded a different text of an agent's module from the one at the agent's
   * registration.
   */
  | ({ readonly kind: 'code-changed' } & CodeChange)

/** A call of `turn.log`; or a report of the runtime, if `log` is given and `report` is not. */
export interface LogRecord {
  readonly kind: 'logged'
  readonly level: LogLevel
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
  /** `type/key`; `heddle` for a report that is not about an agent. */
  readonly agent: string
  /** Empty for a report that is not about a message. */
  readonly messageId: string
}

/** A key that has work but has settled nothing for too long. */
export interface StalledKey {
  readonly key: string
  /**
   * The agent that the key's oldest delivery is for; `message` and `messageId` are of the same
   * delivery.
   */
  readonly agent: string
  readonly message: string
  readonly messageId: string
  readonly waitsFor: readonly WaitsFor[]
  /** Milliseconds for which nothing of the key has settled. */
  readonly sinceMs: number
  /** How many deliveries of the key are in flight. */
  readonly inFlight: number
}

/** What a key waits for: a closed union to switch on. */
export type WaitsFor =
  /** An agent's answer. */
  | { readonly kind: 'reply'; readonly from: string; readonly sinceMs: number }
  /** Room in a named limit. */
  | { readonly kind: 'limit'; readonly limit: string; readonly sinceMs: number }
  /**
   * A lock of a tool, as in `the tool 'write' (key 'a.txt')`. `heldBy`: the agents whose calls have
   * it, as `type/key`.
   */
  | {
      readonly kind: 'lock'
      readonly lock: string
      readonly heldBy: readonly string[]
      readonly sinceMs: number
    }
  /** Its own handler, which is running, or awaits something unknown to heddle. */
  | { readonly kind: 'handler' }
  /** The end of the pause before its next attempt, in `inMs` milliseconds. */
  | { readonly kind: 'retry'; readonly inMs: number }
  /** Its lane: `busy` with other keys, held by `suspects` of a death, or not up. */
  | {
      readonly kind: 'lane'
      readonly lane: number
      readonly why: 'busy' | 'suspects' | 'starting' | 'draining' | 'gone'
    }

/**
 * A lane has loaded a different text of an agent's module from the one at the agent's registration.
 */
export interface CodeChange {
  readonly agent: string
  /** The module's URL. */
  readonly module: string
  readonly lane: number
  readonly generation: number
}
