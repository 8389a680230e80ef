/**
 * How long a nested request may take. It runs on its caller's thread, so it can't be cut short: at its end the caller is told, the
 * request's own signal aborts, and what it still does is rolled back when it returns.
 */
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import type { SendOptions } from './turn.ts'

export class NestedLimit {
  /** Aborts when nobody waits any more. */
  readonly over = new AbortController()
  readonly #release: () => void

  constructor(
    clock: Clock,
    agent: string,
    request: string,
    { deadlineMs, signal }: SendOptions & { readonly deadlineMs: number },
  ) {
    const stopTimer = clock.after(deadlineMs, () => {
      this.over.abort(new HeddleError('HEDDLE_DEADLINE', { agent, request, deadlineMs }))
    })
    const give = () => {
      const what = `the request '${request}' to '${agent}'`
      const reason = String(signal?.reason)
      this.over.abort(new HeddleError('HEDDLE_CANCELLED', { what, reason }))
    }
    signal?.addEventListener('abort', give, { once: true })
    if (signal?.aborted) give()
    this.#release = () => {
      stopTimer()
      signal?.removeEventListener('abort', give)
    }
  }

  /** The answer, or the error of whichever limit comes first. */
  async wait<T>(answer: Promise<T>): Promise<T> {
    const { signal } = this.over
    let stop = (): void => {}
    const ended = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
    })
    try {
      return await Promise.race([answer, ended])
    } finally {
      signal.removeEventListener('abort', stop)
      this.#release()
    }
  }
}
