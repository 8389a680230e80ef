/**
 * When a failed turn is tried again: checked where an agent is defined, decided where its handler
 * ran.
 */
import { isHeddleError } from '../errors.ts'
import { namesOf, readOptions } from '../option-check.ts'
import { problemOfPredicate } from './given-functions.ts'
import { askPredicate } from './predicate.ts'

/** How often a turn that fails is tried, and how long its key waits in between. */
export interface RetryPolicy {
  /**
   * How often the turn may run, the first time included. Runs that a lane's death cut short don't
   * count.
   */
  readonly maxAttempts: number
  /** Milliseconds before the second attempt. Default 100. */
  readonly firstDelayMs?: number
  /** What each further delay is multiplied by. Default 2. */
  readonly factor?: number
  /** No delay is longer. Default 30,000. */
  readonly maxDelayMs?: number
  /**
   * Which part of a delay, from 0 to 1, varies from message to message, so that they don't all come
   * back at once. Default 0.5.
   */
  readonly jitter?: number
  /**
   * Errors that another attempt would not mend: for these the turn is not tried again. Default:
   * HEDDLE_REQUEST_CYCLE, and always that. It answers at once.
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

/** Fills in the defaults. Throws an error that says what is wrong with it. */
export function resolveRetry(policy: RetryPolicy | undefined): Retry | undefined {
  if (policy === undefined) return undefined
  const retry = { ...DEFAULTS, ...readOptions(policy, NAMES, invalid) }
  const { maxAttempts, firstDelayMs, factor, maxDelayMs, jitter, unless } = retry
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1) {
    throw invalid('maxAttempts must be a positive whole number')
  }
  if (!isFrom(0, firstDelayMs) || !isFrom(0, maxDelayMs)) {
    throw invalid('its delays must be milliseconds, at least 0')
  }
  if (!isFrom(1, factor)) throw invalid('factor must be a number, at least 1')
  if (!isFrom(0, jitter) || jitter > 1) throw invalid('jitter must be a number from 0 to 1')
  const problem = problemOfPredicate(unless)
  if (problem !== undefined) throw invalid(`unless is ${problem}`)
  return retry
}

/** From JavaScript, and from a file, a number may be a text. */
function isFrom(least: number, value: unknown): boolean {
  return typeof value === 'number' && value >= least
}

function invalid(problem: string): Error {
  return new TypeError(`its retry policy does not do: ${problem}`)
}

/**
 * Milliseconds until the next attempt, after so many failures; undefined: there is none. The same
 * message waits the same time on every run: its jitter comes from its number, not from chance.
 * `tell` hears why the predicate has not answered.
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
 * Whoever waits for the key of a turn that was refused a cycle would wait on through all its
 * attempts: it is never tried again. A predicate that throws has not said that another attempt
 * would help.
 */
function isFinal(retry: Retry, error: unknown, tell: (problem: unknown) => void): boolean {
  if (isHeddleError(error, 'HEDDLE_REQUEST_CYCLE')) return true
  try {
    return askPredicate('unless', retry.unless, error)
  } catch (problem) {
    tell(problem)
    return true
  }
}

/** A number from 0 to 1, spread evenly over the integers (the finalizer of MurmurHash3). */
function fractionOf(seed: number): number {
  let hash = seed | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
