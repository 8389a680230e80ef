/**
 * Why a turn is to stop, if it is: cancelled, or overdue. Records say so in full; the sign in shared memory is ahead of them, and
 * says it to loops that read nothing.
 */
import { HeddleError } from '../errors.ts'
import type { StopSign } from './counters.ts'

export interface StopParts {
  /** The turn's agent id, for errors. */
  readonly agent: () => string
  /** How long the turn may take. */
  readonly limitMs: number
  readonly sign: () => StopSign | undefined
}

export class TurnStop {
  readonly #parts: StopParts
  #told: HeddleError | undefined
  #abort: AbortController | undefined
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

  /** Aborts when the record that says why has come. */
  get signal(): AbortSignal {
    this.#isWatched = true
    return this.ending
  }

  /** The same signal, for a wait of heddle's own: it does not count as the handler's watching. */
  get ending(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#told !== undefined) this.#abort.abort(this.#told)
    return this.#abort.signal
  }

  /** Whether somebody may wait for its signal. */
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

  #tell(error: HeddleError): void {
    this.#told = error
    this.#abort?.abort(error)
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
