/**
 * Why a turn should stop, if it should: it was cancelled, or is overdue. Records carry the full
 * reason; the sign in shared memory comes earlier, and reaches turns that keep the lane from
 * reading records.
 */
import { HeddleError } from '../errors.ts'
import type { StopSign } from '../wire/counters.ts'

export interface StopParts {
  /** The turn's agent id, for errors. */
  readonly agent: () => string
  /** How long the turn may take. */
  readonly limitMs: number
  readonly sign: () => StopSign | undefined
  /**
   * Runs the listeners of the signal as part of the turn: an error that they throw is the turn's.
   */
  readonly enter: (work: () => void) => void
}

export class TurnStop {
  readonly #parts: StopParts
  #told: HeddleError | undefined
  #abort: AbortController | undefined
  /** The reason with which its signal aborts, once the turn should stop. */
  #reason: { readonly value: unknown } | undefined
  #isWatched = false

  constructor(parts: StopParts) {
    this.#parts = parts
  }

  cancel(reason: string): void {
    this.#tell(this.#cancelled(reason))
  }

  timeOut(): void {
    if (this.#told === undefined) this.#tell(this.#overdue())
  }

  /** Aborts when the record with the reason has come. */
  get signal(): AbortSignal {
    this.#isWatched = true
    return this.ending
  }

  /** The same signal, for heddle's own waits: it does not count as the handler watching it. */
  get ending(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#reason !== undefined) this.#abort.abort(this.#reason.value)
    return this.#abort.signal
  }

  /** Whether the handler may wait for the signal. */
  get isWatched(): boolean {
    return this.#isWatched
  }

  get isCancelled(): boolean {
    return this.#told?.code === 'HEDDLE_CANCELLED' || this.#parts.sign() === 'cancelled'
  }

  /** Undefined: the turn may go on. */
  get error(): HeddleError | undefined {
    if (this.#told !== undefined) return this.#told
    const sign = this.#parts.sign()
    if (sign === undefined) return undefined
    return sign === 'overdue' ? this.#overdue() : this.#cancelled('by its task')
  }

  /** Notes that the turn has failed: its handler, which may still be at work, can stop. */
  fail(error: unknown): void {
    this.#signal(error)
  }

  #tell(error: HeddleError): void {
    this.#told = error
    this.#signal(error)
  }

  #signal(value: unknown): void {
    this.#reason ??= { value }
    const abort = this.#abort
    if (abort !== undefined) this.#parts.enter(() => abort.abort(value))
  }

  #cancelled(reason: string): HeddleError {
    const what = `the turn of '${this.#parts.agent()}'`
    return new HeddleError('HEDDLE_CANCELLED', { what, reason })
  }

  #overdue(): HeddleError {
    const { agent, limitMs } = this.#parts
    return new HeddleError('HEDDLE_TURN_TIMEOUT', { agent: agent(), limitMs })
  }
}
