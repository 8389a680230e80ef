/**
 * Calls of a provider that are made again when they fail: the one layer that does so. Packages of
 * providers are told not to.
 *
 * Invariant: nothing is yielded twice. Once a piece has been yielded, a failure is final.
 */
import type { Clock } from '../clock.ts'
import { HeddleError, isHeddleError } from '../errors.ts'
import { pause } from '../until.ts'

/** The wait before the second attempt; it doubles with each. */
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/**
 * A provider that asks for a longer wait is not waited for: the call fails at once, with
 * `retryAfterMs`.
 */
export const LONGEST_RETRY_AFTER_MS = 60_000

export interface Attempts {
  /** How many attempts may follow the first. */
  readonly retries: number
  readonly clock: Clock
  /** Ends the waits between attempts. Rejects with its reason. */
  readonly signal: AbortSignal
  /** How much time the call has left; a wait that takes it all is not begun. Default: no limit. */
  readonly leftMs?: () => number
}

/**
 * What `attempt` yields. When it fails with a HEDDLE_MODEL_FAILED that is `retryable`, before it
 * has yielded anything, it is called again after a wait: what the provider asked for, or one that
 * grows, with a random part, so that callers who failed together do not come back together.
 */
export async function* inAttempts<T>(
  { retries, clock, signal, leftMs = () => Number.POSITIVE_INFINITY }: Attempts,
  attempt: () => AsyncIterable<T>,
): AsyncGenerator<T, void> {
  for (let made = 1; ; made++) {
    let isShown = false
    try {
      for await (const piece of attempt()) {
        isShown = true
        yield piece
      }
      return
    } catch (error) {
      const waitMs = isShown || made > retries ? undefined : waitAfter(error, made)
      if (waitMs === undefined || waitMs >= leftMs()) throw counted(error, made)
      await pause(clock, waitMs, signal)
      signal.throwIfAborted()
    }
  }
}

/** Undefined: it is not to be tried again. */
function waitAfter(error: unknown, made: number): number | undefined {
  if (!isHeddleError(error, 'HEDDLE_MODEL_FAILED') || !error.fields.retryable) return undefined
  const { retryAfterMs } = error.fields
  if (retryAfterMs !== undefined) {
    return retryAfterMs > LONGEST_RETRY_AFTER_MS ? undefined : retryAfterMs
  }
  const longest = Math.min(FIRST_WAIT_MS * 2 ** (made - 1), LONGEST_WAIT_MS)
  return longest * (0.5 + Math.random() / 2)
}

/** The same error, which says how often it was tried. */
function counted(error: unknown, made: number): unknown {
  if (made === 1 || !isHeddleError(error, 'HEDDLE_MODEL_FAILED')) return error
  return new HeddleError('HEDDLE_MODEL_FAILED', { ...error.fields, attempts: made })
}
