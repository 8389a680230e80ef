/**
 * The end of a call: the caller's signal, the time for the whole call, and silence.
 *
 * Owns: the timers of one call.
 * Invariant: the signal's reason is the error with which the call fails, whoever noticed first.
 */
import type { Clock } from '../clock.ts'

export interface TimeLimits {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly idleTimeoutMs: number
  /** The error for a call that took longer than the limit of this option. */
  readonly late: (option: 'timeoutMs' | 'idleTimeoutMs', ms: number) => Error
}

export class CallSignal {
  readonly #limits: TimeLimits
  readonly #ending = new AbortController()
  readonly #endsAt: number
  readonly #stopTimer: () => void
  readonly #stopListening: () => void
  #stopSilence: (() => void) | undefined

  constructor(given: AbortSignal | undefined, limits: TimeLimits) {
    this.#limits = limits
    this.#endsAt = limits.clock.now() + limits.timeoutMs
    const end = () => this.#ending.abort(given?.reason)
    given?.addEventListener('abort', end, { once: true })
    this.#stopListening = () => given?.removeEventListener('abort', end)
    if (given?.aborted) end()
    this.#stopTimer = this.#after('timeoutMs')
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** The time that the call has left. */
  get leftMs(): number {
    return this.#endsAt - this.#limits.clock.now()
  }

  /** From now on, the provider is silent, until `hear`. */
  listen(): void {
    this.#stopSilence = this.#after('idleTimeoutMs')
  }

  /** Something has come, and is being looked at. */
  hear(): void {
    this.#stopSilence?.()
    this.#stopSilence = undefined
  }

  /**
   * Something has come that is no event, as the comment with which a server shows that it lives.
   */
  stir(): void {
    if (this.#stopSilence === undefined) return
    this.hear()
    this.listen()
  }

  /** The call has ended. */
  close(): void {
    this.#stopTimer()
    this.hear()
    this.#stopListening()
  }

  #after(option: 'timeoutMs' | 'idleTimeoutMs'): () => void {
    const { clock, late, [option]: ms } = this.#limits
    return clock.after(ms, () => this.#ending.abort(late(option, ms)))
  }
}
