/**
 * One stream of records for every tool. Records of ordinary traffic are made only while somebody
 * listens; records of trouble also go to the reporter, for when nobody does.
 */
import type { LogLevel } from '../agents/turn.ts'
import type { ErrorRecord } from '../errors.ts'
import type { MessageFacts } from '../messages/message-facts.ts'
import type { DisposeProblem } from '../wire/lane-handle.ts'
import type { LateErrorRecord } from '../wire/late-error.ts'
import type { CodeChange } from './agent-code.ts'
import type { DeadLetter } from './dead-letters.ts'
import { Listeners, neverThrowing } from './listeners.ts'
import type { StalledKey } from './stall-watch.ts'
import type { StopReason } from './tasks.ts'

/** A closed union: switch on `kind`. Configuration never shows in it. Times are milliseconds since 1970. */
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
      /** `retried`: it failed, and is tried again after a pause. `expired`, and some `cancelled` ones: it never began. */
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
      /** The agent id whose turn's code ended the lane; undefined: nobody could tell, it was ended from outside, or that turn was over. */
      readonly culprit: string | undefined
    }
  /** Keys that have newly got nowhere for `stallMs` (D10). */
  | { readonly kind: 'stalled'; readonly keys: readonly StalledKey[] }
  /** One key has kept a lane to itself for some seconds, while others had nothing to do: it could be split. */
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
  /** A lane that was replaced has loaded another text of an agent's module than was there when the agent was registered. */
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

/** What `runtime.inspect` takes. */
export type InspectListener = (record: InspectRecord) => void

/** Reports trouble to people. */
export interface TroubleReporter {
  /** `unheard`: only what nobody else hears of. */
  readonly mode: 'always' | 'unheard'
  heed(record: InspectRecord): void
}

export class Inspection {
  readonly #listeners: Listeners<InspectRecord>
  readonly #reporter: TroubleReporter | undefined

  /** `changed` is told when the first listener comes, and when the last one goes. */
  constructor(changed: (listened: boolean) => void, reporter?: TroubleReporter) {
    this.#listeners = new Listeners('inspect', changed)
    this.#reporter = reporter
  }

  /** Whether records of ordinary traffic are wanted: whoever makes one asks first. */
  get isOn(): boolean {
    return this.#listeners.size > 0
  }

  /** Throws HEDDLE_INVALID_OPTION. */
  listen(listener: InspectListener): () => void {
    return this.#listeners.add(listener)
  }

  /** A record of ordinary traffic. */
  tell(record: InspectRecord): void {
    this.#listeners.tell(record)
  }

  /**
   * A record of trouble: call it without asking whether anybody listens. `heard`: somebody learns
   * of it by other means.
   */
  report(record: InspectRecord, heard = false): void {
    this.tell(record)
    const reporter = this.#reporter
    if (reporter === undefined) return
    if (reporter.mode === 'always' || !(this.isOn || heard)) {
      neverThrowing('a report of trouble', () => reporter.heed(record))
    }
  }
}
