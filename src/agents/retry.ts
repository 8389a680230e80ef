/**
 * When a failed turn is tried again: checked where an agent is defined, decided where its handler
 * ran.
 */
import { isHeddleError } from '../errors.ts'
import { namesOf, readOptions } from '../option-check.ts'
import { problemOfPredicate } from './given-functions.ts'
import { askPredicate } from './predicate.ts'

/** How often a failing turn is tried, and how long its key waits between attempts. */
export interface RetryPolicy {
  /**
   * How often the turn may run, including the first time. Runs cut short by a lane's death don't
   * count.
   */
  readonly maxAttempts: number
  /** Milliseconds before the second attempt. Default 100. */
  readonly firstDelayMs?: number
  /** Each further delay is the one before it times this factor. Default 2. */
  readonly factor?: number
  /** The longest delay, in milliseconds. Default 30,000. */
  readonly maxDelayMs?: number
  /**
   * The share of a delay, from 0 to 1, that varies from message to message, so that retries don't
   * all start at once. Default 0.5.
   */
  readonly jitter?: number
  /**
   * True for errors that another attempt would not fix: the turn is then not tried again. It must
   * answer at once. A turn that fails with HEDDLE_REQUEST_CYCLE, or because the result of
   * `turn.once` could not be kept, is never tried again. Default: no other error is excluded.
   */
  readonly unless?: (error: unknown) => boolean
}

export type Retry = Required<RetryPolicy>

const NAMES = namesOf<RetryPolicy>({
  maxAttempts: true,
  firstDelayMs: true,
  factor: true,
  maxDelayMs: true,
  jitter: true,
  unless: true,
})

const DEFAULTS = {
  firstDelayMs: 100,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 0.5,
  unless: () => false,
}

/** Fills in the defaults. Throws an error that says what is wrong with the policy. */
export function resolveRetry(policy: RetryPolicy | undefined): Retry | undefined {
  if (policy === undefined) return undefined
  const retry = { ...DEFAULTS, ...readOptions(policy, NAMES, invalid) }
  const { maxAttempts, firstDelayMs, factor, maxDelayMs, jitter, unless } = retry
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1) {
    throw invalid('maxAttempts must be a positive whole number')
  }
  if (!isFrom(0, firstDelayMs) || !isFrom(0, maxDelayMs)) {
    throw invalid('its delays must be numbers of milliseconds, at least 0')
  }
  if (!isFrom(1, factor)) throw invalid('factor must be a number, at least 1')
  if (!isFrom(0, jitter) || jitter > 1) throw invalid('jitter must be a number from 0 to 1')
  const problem = problemOfPredicate(unless)
  if (problem !== undefined) throw invalid(`unless is ${problem}`)
  return retry
}

/** A number may arrive as a string, from JavaScript or from a file. */
function isFrom(least: number, value: unknown): boolean {
  return typeof value === 'number' && value >= least
}

function invalid(problem: string): Error {
  return new TypeError(`its retry policy is not valid: ${problem}`)
}

/**
 * Milliseconds until the next attempt after this number of failures; undefined: the turn is not
 * tried again. The same message waits the same time on every run: its jitter comes from its number,
 * not from chance. `tell` receives the error of a predicate that did not answer.
 */
export function delayOf(
  retry: Retry | undefined,
  failures: number,
  error: unknown,
  sequence: number,
  tell: (problem: unknown) => void = () => {},
): number | undefined {
  if (retry === undefined || failures >= retry.maxAttempts || isFinal(retry, error, tell))
    return undefined
  const { firstDelayMs, factor, maxDelayMs, jitter } = retry
  const full = Math.min(maxDelayMs, firstDelayMs * factor ** (failures - 1))
  return full * (1 - jitter * fractionOf(sequence * 31 + failures))
}

/**
 * A turn that another attempt can't help is not tried again. One that was refused because of a
 * cycle is never tried again: callers that wait for its key
 * would wait through all its attempts. If the predicate throws, the turn is not tried again either.
 */
function isFinal(retry: Retry, error: unknown, tell: (problem: unknown) => void): boolean {
  if (isHeddleError(error, 'HEDDLE_REQUEST_CYCLE') || isOfEffect(error)) return true
  try {
    return askPredicate('unless', retry.unless, error)
  } catch (problem) {
    tell(problem)
    return true
  }
}

/** Whether the result of an effect could not be kept: every attempt gets this error. */
function isOfEffect(error: unknown): boolean {
  if (isHeddleError(error, 'HEDDLE_ONCE_FULL')) return true
  return isHeddleError(error, 'HEDDLE_PAYLOAD_NOT_CLONEABLE') && error.fields.effect !== undefined
}

/** A number from 0 to 1, spread evenly over the integers (the finalizer of MurmurHash3). */
function fractionOf(seed: number): number {
  let hash = seed | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
