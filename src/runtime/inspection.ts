/** One stream of records for every tool. It costs nothing while nobody listens. */
import { afterThis } from '../clock.ts'
import type { ErrorRecord } from '../errors.ts'
import type { CodeChange } from './agent-code.ts'
import type { DeadLetter } from './dead-letters.ts'
import type { DisposeProblem } from './lane-agents.ts'
import type { StalledKey } from './stall-watch.ts'
import type { StopReason } from './tasks.ts'
import type { LogLevel } from './turn.ts'

/** A closed union: switch on `kind`. Configuration never shows in it. Times are milliseconds since 1970. */
export type InspectRecord =
  | {
      readonly kind: 'accepted'
      readonly messageId: string
      readonly message: string
      readonly recipient: string
      readonly sender: string | undefined
      readonly topic: string | undefined
      readonly task: number
    }
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
      /** Undefined for a turn that began before anyone listened. */
      readonly begunAt: number | undefined
      readonly endedAt: number | undefined
    }
  | { readonly kind: 'dead-letter'; readonly letter: DeadLetter }
  | { readonly kind: 'dropped'; readonly message: string; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly messageId: string; readonly agent: string }
  | {
      readonly kind: 'emitted'
      readonly messageId: string
      readonly agent: string
      readonly event: unknown
    }
  | { readonly kind: 'retracted'; readonly messageId: string; readonly agent: string }
  | LogRecord
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
      /** Of them, those whose turns had begun and not ended. */
      readonly suspects: readonly string[]
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
  | { readonly kind: 'lane-gone'; readonly lane: number; readonly cause: ErrorRecord }
  /** A `dispose` has failed, or did not end in time. */
  | ({ readonly kind: 'dispose-failed' } & DisposeProblem)
  /** A lane that was replaced has loaded another text of an agent's module than was there when the agent was registered. */
  | ({ readonly kind: 'code-changed' } & CodeChange)

/** One call of `turn.log`. */
export interface LogRecord {
  readonly kind: 'logged'
  readonly level: LogLevel
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
  readonly agent: string
  readonly messageId: string
}

/** What `runtime.inspect` takes. */
export type InspectListener = (record: InspectRecord) => void

export class Inspection {
  readonly #listeners = new Set<InspectListener>()
  readonly #changed: (listened: boolean) => void

  /** `changed` is told when the first listener comes, and when the last one goes. */
  constructor(changed: (listened: boolean) => void) {
    this.#changed = changed
  }

  get isOn(): boolean {
    return this.#listeners.size > 0
  }

  listen(listener: InspectListener): () => void {
    const own: InspectListener = (record) => listener(record)
    this.#listeners.add(own)
    if (this.#listeners.size === 1) this.#changed(true)
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#changed(false)
    }
  }

  tell(record: InspectRecord): void {
    for (const listener of this.#listeners) tellSafely(listener, record)
  }
}

/** Calls a user's function in the middle of the router's work: what it throws surfaces as an uncaught error, later. */
export function tellSafely<T>(listener: (record: T) => void, record: T): void {
  try {
    listener(record)
  } catch (error) {
    afterThis(() => {
      throw error
    })
  }
}
