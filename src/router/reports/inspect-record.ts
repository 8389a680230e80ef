/**
 * One stream of records for every tool. Records of ordinary traffic are made only while somebody
 * listens; records of trouble also go to the reporter, for when nobody does.
 */
import type { LogLevel } from '../../agents/turn.ts'
import type { ErrorRecord } from '../../errors.ts'
import type { MessageFacts } from '../../messages/message-facts.ts'
import type { DisposeProblem } from '../../wire/lane-handle.ts'
import type { LateErrorRecord } from '../../wire/late-error.ts'
import type { StopReason } from '../ledger/endings.ts'
import type { DeadLetter } from './dead-letters.ts'

/**
 * A closed union: switch on `kind`. Configuration never shows in it. Times are milliseconds since
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
      /** -1: the main thread, beside lanes. */
      readonly lane: number
      readonly attempt: number
      /**
       * `retried`: it failed, and is tried again after a pause. `expired`, and some `cancelled`
       * ones: it never began.
       */
      readonly outcome: 'handled' | 'failed' | 'retried' | 'unhandled' | 'cancelled' | 'expired'
      /** Of a turn that failed, is tried again, or found no handler. */
      readonly error: ErrorRecord | undefined
      /** Of a turn that is tried again: after so many milliseconds. */
      readonly againInMs: number | undefined
      /** Undefined for a turn that began before anyone listened. */
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
      /** Deliveries that go back to the router. */
      readonly unsettled: number
      /** Of them, those that may have ended the lane; the culprit alone, if it is known. */
      readonly suspects: readonly string[]
      /**
       * The agent id whose turn's code ended the lane; undefined: nobody could tell, it was ended
       * from outside, or that turn was over.
       */
      readonly culprit: string | undefined
    }
  /** Keys that have newly got nowhere for `stallMs` (D10). */
  | { readonly kind: 'stalled'; readonly keys: readonly StalledKey[] }
  /**
   * One key has kept a lane to itself for some seconds, while others had nothing to do: it could be
   * split.
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
      /** What the runtime is without it. */
      readonly health: 'degraded' | 'down'
    }
  /** A `dispose` has failed, or did not end in time. */
  | ({ readonly kind: 'dispose-failed' } & DisposeProblem)
  /**
   * A lane that was replaced has loaded another text of an agent's module than was there when the
   * agent was registered.
   */
  | ({ readonly kind: 'code-changed' } & CodeChange)

/** One call of `turn.log`; or a report of the runtime, if `log` is given and `report` is not. */
export interface LogRecord {
  readonly kind: 'logged'
  readonly level: LogLevel
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
  /** `type/key`; `heddle` for a report that is about no agent. */
  readonly agent: string
  /** Empty for a report that is about no message. */
  readonly messageId: string
}

/** A key that has work, and has settled nothing for too long. */
export interface StalledKey {
  readonly key: string
  /** Its oldest delivery: which agent it is for. */
  readonly agent: string
  readonly message: string
  readonly messageId: string
  readonly waitsFor: readonly WaitsFor[]
  /** For how long nothing of the key has settled. */
  readonly sinceMs: number
  /** Its deliveries in flight. */
  readonly inFlight: number
}

/** What a key waits for: a closed union to switch on. */
export type WaitsFor =
  /** An agent's answer. */
  | { readonly kind: 'reply'; readonly from: string; readonly sinceMs: number }
  /** Room in a named limit. */
  | { readonly kind: 'limit'; readonly limit: string; readonly sinceMs: number }
  /** Its own handler, which runs, or awaits something that heddle does not know. */
  | { readonly kind: 'handler' }
  /** The end of the pause before its next attempt. */
  | { readonly kind: 'retry'; readonly inMs: number }
  /** Its lane: `busy` with other keys, held by `suspects` of a death, or not there. */
  | {
      readonly kind: 'lane'
      readonly lane: number
      readonly why: 'busy' | 'suspects' | 'starting' | 'draining' | 'gone'
    }

/**
 * A lane has loaded another text of an agent's module than was there when the agent was registered.
 */
export interface CodeChange {
  readonly agent: string
  /** The module's URL. */
  readonly module: string
  readonly lane: number
  readonly generation: number
}
