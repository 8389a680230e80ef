/** One call in a pool, from its acceptance until no thread runs it any more. */

import { askOf, type PlaceOptions, type PoolCall } from './pool-call.ts'
import type { Hold, LockAsk } from './tool-locks.ts'

/** A call as its caller has it. */
export interface ToolRun {
  /** Rejects as soon as the call has failed, also while its tool still runs. */
  readonly result: Promise<unknown>
  /** Settles when no thread runs the call any more. */
  readonly letGo: Promise<void>
}

/**
 * `outside`: it waits for room in the queue. `locks`, `queue`: it waits for its locks, for a
 * thread. `over`: nothing runs it any more.
 */
type Phase = 'outside' | 'locks' | 'queue' | 'running' | 'over'

export class PooledCall {
  readonly call: PoolCall
  readonly options: PlaceOptions
  phase: Phase = 'outside'
  hold: Hold | undefined
  /** Whether the tool itself has begun. */
  hasBegun = false
  #isSettled = false
  readonly #result = Promise.withResolvers<unknown>()
  readonly #letGo = Promise.withResolvers<void>()
  #stopTimer: (() => void) | undefined
  #unlisten: (() => void) | undefined

  constructor(call: PoolCall, options: PlaceOptions) {
    this.call = call
    this.options = options
  }

  get run(): ToolRun {
    return { result: this.#result.promise, letGo: this.#letGo.promise }
  }

  /** Whether the caller has its answer. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  get ask(): LockAsk {
    return askOf(this.call)
  }

  /** Calls `abort` with the reason when the caller's signal aborts before the answer. */
  listen(abort: (reason: unknown) => void): void {
    const { signal } = this.options
    const heard = () => abort(signal.reason)
    signal.addEventListener('abort', heard, { once: true })
    this.#unlisten = () => signal.removeEventListener('abort', heard)
  }

  /** The timer of the present phase; the one before is cancelled. */
  set stopTimer(stop: (() => void) | undefined) {
    this.#stopTimer?.()
    this.#stopTimer = stop
  }

  done(value: unknown): void {
    if (this.#isSettled) return
    this.#settle()
    this.#result.resolve(value)
  }

  fail(error: unknown): void {
    if (this.#isSettled) return
    this.#settle()
    this.#result.reject(error)
  }

  #settle(): void {
    this.#isSettled = true
    this.#unlisten?.()
  }

  end(): void {
    this.phase = 'over'
    this.stopTimer = undefined
    this.hold?.release()
    this.#letGo.resolve()
  }
}
