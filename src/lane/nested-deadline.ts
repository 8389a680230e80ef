/**
 * How long a nested request may take. The request runs on its caller's thread, so it can't be cut
 * short: at the deadline its caller gets an error, its signal aborts, and whatever it still does
 * has no effect.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { SendOptions } from '../agents/turn.ts'
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { reasonText } from '../json-text.ts'
import { judgingClock } from '../judging-clock.ts'
import { untilAborted } from '../until.ts'

export class NestedDeadline {
  readonly #over = new AbortController()
  readonly #stopTimer: () => void
  readonly #outer: AbortSignal | undefined
  readonly #give: () => void

  constructor(
    clock: Clock,
    agent: string,
    request: string,
    { deadlineMs, signal }: SendOptions & { readonly deadlineMs: number },
  ) {
    const inCaller = AsyncLocalStorage.snapshot() // listeners of the signal are part of the turn
    this.#stopTimer = judgingClock(clock).after(deadlineMs, () => {
      const error = new HeddleError('HEDDLE_DEADLINE', { agent, request, deadlineMs })
      inCaller(() => this.#over.abort(error))
    })
    this.#give = () => {
      const what = `the request '${request}' to '${agent}'`
      const reason = reasonText(signal?.reason)
      const error = new HeddleError('HEDDLE_CANCELLED', { what, reason })
      inCaller(() => this.#over.abort(error))
    }
    this.#outer = signal
    signal?.addEventListener('abort', this.#give, { once: true })
    if (signal?.aborted) this.#give()
  }

  /** Aborts when the caller does not wait any more. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** The answer, or the error of the deadline if that comes first. */
  race<T>(answer: T | Promise<T>): Promise<T> {
    return untilAborted(Promise.resolve(answer), this.signal)
  }

  release(): void {
    this.#stopTimer()
    this.#outer?.removeEventListener('abort', this.#give)
  }
}
