/**
 * Message ids that callers gave, remembered for a while: the same call twice is one delivery (D7).
 *
 * Owns: the outcomes of the calls. An id belongs to its call (`publish` or `send`), its message and
 * its target. Within these it identifies one payload, of which a digest is kept.
 */
import type { Clock } from '../../clock.ts'
import { HeddleError } from '../../errors.ts'
import type { Envelope } from '../../messages/message.ts'
import { digestOf } from '../../messages/payload-digest.ts'

/**
 * How long ids from outside are remembered. When any of the bounds is reached, the oldest are
 * forgotten.
 */
export interface IdWindow {
  /** Milliseconds. Default 300,000. */
  readonly windowMs: number
  /** How many ids. Default 100,000. */
  readonly max: number
  /** Estimated bytes of the ids and of the answers that are kept with them. Default 64 MiB. */
  readonly bytes: number
}

/** A call to which its caller gave an id. */
export interface NamedCall {
  readonly call: 'publish' | 'send'
  readonly id: string
  readonly made: Envelope
  /** A topic, or an agent id. */
  readonly target: string
}

interface Remembered<T> {
  readonly digest: string
  readonly outcome: T
  readonly at: number
  bytes: number
}

/** Roughly the bytes kept for every call beside its names. */
const ENTRY_BYTES = 200

export class RecentIds<T extends object> {
  readonly #clock: Clock
  readonly #window: IdWindow
  /** In the order of the calls. */
  readonly #calls = new Map<string, Remembered<T>>()
  #bytes = 0

  constructor(clock: Clock, window: IdWindow) {
    this.#clock = clock
    this.#window = window
  }

  get size(): number {
    return this.#calls.size
  }

  /**
   * The outcome of the same call before; undefined: the call is new, or forgotten. Throws
   * HEDDLE_ID_REUSED.
   */
  find(named: NamedCall): T | undefined {
    this.#forgetOld()
    const known = this.#calls.get(scopeOf(named))
    if (known === undefined) return undefined
    const { call, id, made, target } = named
    if (known.digest !== digestOf(made.payload)) {
      throw new HeddleError('HEDDLE_ID_REUSED', { call, id, message: made.name, target })
    }
    return known.outcome
  }

  remember(named: NamedCall, outcome: T): void {
    const scope = scopeOf(named)
    const bytes = ENTRY_BYTES + 2 * scope.length
    const digest = digestOf(named.made.payload)
    this.#calls.set(scope, { digest, outcome, at: this.#clock.now(), bytes })
    this.#bytes += bytes
    this.#forgetOld()
  }

  /** Notes that the outcome now holds `bytes` more. */
  grow(named: NamedCall, outcome: T, bytes: number): void {
    const known = this.#calls.get(scopeOf(named))
    if (known?.outcome !== outcome) return // forgotten meanwhile
    known.bytes += bytes
    this.#bytes += bytes
    this.#forgetOld()
  }

  /** Forgets a call whose message was not accepted after all. */
  forget(named: NamedCall, outcome: T): void {
    const scope = scopeOf(named)
    if (this.#calls.get(scope)?.outcome === outcome) this.#drop(scope)
  }

  #forgetOld(): void {
    const { windowMs, max, bytes } = this.#window
    const since = this.#clock.now() - windowMs
    for (const [scope, { at }] of this.#calls) {
      if (at >= since && this.#calls.size <= max && this.#bytes <= bytes) return
      this.#drop(scope)
    }
  }

  #drop(scope: string): void {
    this.#bytes -= this.#calls.get(scope)?.bytes ?? 0
    this.#calls.delete(scope)
  }
}

function scopeOf({ call, id, made, target }: NamedCall): string {
  return JSON.stringify([call, made.name, target, id])
}
