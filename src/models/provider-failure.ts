/** What an HTTP answer says about a failure: its kind, whether to ask again, and when. */
import { isRecord, readFrom } from '../describe.ts'
import type { ErrorFields } from '../errors.ts'

export type FailureKind = ErrorFields<'HEDDLE_MODEL_FAILED'>['kind']

/** Codes of a 429 that waiting does not help. */
const SPENT: readonly unknown[] = ['insufficient_quota', 'billing_hard_limit_reached']
/**
 * The longest wait that is told, some 24 days: the most that a timer of Node holds. A longer one
 * would fire at once, for whoever sets a timer by `retryAfterMs`.
 */
export const LONGEST_TOLD_MS = 2 ** 31 - 1

const NUMBER = /^\d+(\.\d+)?$/
/** As HTTP writes dates: the day of the week, perhaps a comma, and the rest without one. */
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w: -]+$/

export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 403) return 'auth'
  if (status === 429) return 'rate-limit'
  if (status === 408 || status === 504) return 'timeout'
  return status >= 400 && status < 500 ? 'request' : 'server'
}

/** Whether the same call may succeed later. `code`: the provider's own, where it gives one. */
export function isPassing(status: number, code?: unknown): boolean {
  if (SPENT.includes(code)) return false
  return [408, 409, 429].includes(status) || status >= 500
}

/** Whether the code says that a quota is used up. */
export function isSpent(code: unknown): boolean {
  return SPENT.includes(code)
}

/**
 * One header, of a `Headers` or a record with names in any case. Undefined: it is not there, or is
 * no text.
 */
export function headerOf(headers: unknown, name: string): string | undefined {
  if (!isRecord(headers)) return undefined
  if (typeof readFrom(headers, 'get') === 'function') {
    const text = (headers as unknown as Headers).get(name)
    return typeof text === 'string' ? text.trim() : undefined
  }
  const found = Object.keys(headers).find((key) => key.toLowerCase() === name)
  const text = found === undefined ? undefined : readFrom(headers, found)
  return typeof text === 'string' ? text.trim() : undefined
}

/**
 * How long the provider asks to wait, in milliseconds: by `retry-after-ms`, or by `retry-after` in
 * seconds or as a date. 0 for a date that has passed; at most {@link LONGEST_TOLD_MS}. Undefined
 * where there is no single number or date, or a number below 0.
 */
export function retryAfterOf(headers: unknown, wallNow: number): number | undefined {
  const exact = headerOf(headers, 'retry-after-ms')
  if (exact !== undefined && NUMBER.test(exact)) return toldWait(Number(exact))
  const given = headerOf(headers, 'retry-after')
  if (given === undefined) return undefined
  if (NUMBER.test(given)) return toldWait(Number(given) * 1_000)
  const date = DATE.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(date) ? undefined : toldWait(date - wallNow)
}

function toldWait(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_TOLD_MS)
}
