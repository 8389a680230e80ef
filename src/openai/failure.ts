/**
 * Why a call failed, in heddle's words. The errors of the package are not kept as causes: they have
 * the provider's headers, and texts that may repeat a key.
 */
import { classOf, isRecord, readFrom, textFrom } from '../describe.ts'
import { type ErrorFields, HeddleError } from '../errors.ts'
import {
  headerOf,
  isPassing,
  isSpent,
  kindOfStatus,
  retryAfterOf,
} from '../models/provider-failure.ts'
import { toldWords } from '../models/secrets.ts'
import type { Destination } from './destination.ts'

type Failed = ErrorFields<'HEDDLE_MODEL_FAILED'>

/** Whose call it was. */
export interface Called {
  /** The client's name. */
  readonly model: string
  /** The caller's key. */
  readonly caller: string
  readonly destination: Destination
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
}

/** HEDDLE_MODEL_FAILED. `problem` follows "failed:". */
export function modelFailed(
  { model, destination }: Called,
  kind: Failed['kind'],
  problem: string,
  more: Partial<Failed> = {},
): HeddleError {
  const fields = { model, problem: destination.hide(problem), kind, retryable: false, ...more }
  return new HeddleError('HEDDLE_MODEL_FAILED', fields)
}

/** HEDDLE_MODEL_ANSWER: what came can't be read. `problem` follows "it sent". */
export function oddAnswer({ model, caller, destination }: Called, problem: string): HeddleError {
  return new HeddleError('HEDDLE_MODEL_ANSWER', {
    agent: caller,
    problem: destination.hide(`the server of '${model}' sent ${problem}`),
  })
}

/** The answer ended before it was whole. */
export function brokenOff(called: Called): HeddleError {
  const problem = 'its server broke off in the middle of the answer'
  return modelFailed(called, 'connection', problem, { retryable: true })
}

/** What the package threw, during a call that was not aborted. */
export function failureOf(error: unknown, called: Called): HeddleError {
  const about = Object(error) as object
  if (textFrom(about, 'name') === 'HeddleError') return error as HeddleError
  const status = readFrom(about, 'status')
  if (typeof status === 'number') return refusal(status, about, called)
  if (hasWords(about))
    return failureInAnswer(about, called, 'it broke off its answer with an error')
  if (textFrom(about, 'name') === 'SyntaxError') {
    return oddAnswer(called, 'JSON that can not be parsed')
  }
  const why = rootOf(about)
  const { origin, pathname } = new URL(called.destination.baseURL)
  const isLate = classOf(about) === 'APIConnectionTimeoutError' || /\btime(d )?out\b/i.test(why)
  if (isLate && !/^connect/i.test(why)) {
    return modelFailed(called, 'timeout', `${origin} did not answer in time: ${why}`)
  }
  // a socket that is closed before the answer begins is such an error as well
  const isOpen = classOf(about) !== 'APIConnectionError' || /other side closed/.test(why)
  const problem = isOpen
    ? `the connection to ${origin} broke: ${why}`
    : `no connection to ${origin}${pathname}: ${why}; check baseURL, and that its server runs`
  return modelFailed(called, 'connection', problem, { retryable: true })
}

/** An HTTP status that is none of success. */
function refusal(status: number, about: object, called: Called): HeddleError {
  const code = textFrom(about, 'code')
  const headers = readFrom(about, 'headers')
  const target = headerOf(headers, 'location')
  if (status >= 300 && status < 400 && target !== undefined) return sentOn(status, target, called)
  const advised = headerOf(headers, 'x-should-retry')
  const retryable = advised === undefined ? isPassing(status, code) : advised === 'true'
  const retryAfterMs = retryAfterOf(headers, called.wallNow())
  const words = wordsOf(about, called, status)
  const answered = status === 404 ? `it answered 404 for ${urlOf(called)}` : `it answered ${status}`
  const said = words === '' ? answered : `${answered}: ${words}`
  const mend = mendOf(status, isSpent(code), retryAfterMs)
  return modelFailed(called, kindOfStatus(status), `${said}${mend}`, {
    status,
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** A redirect is not followed: the key and the headers are for the server of the URL alone. */
function sentOn(status: number, target: string, called: Called): HeddleError {
  const url = URL.parse(target, urlOf(called))
  const where = url === null ? 'to no URL' : `to ${url.origin}`
  const problem = `it answered ${status}, which redirects ${where}; no redirect is followed, so that`
  const mend = 'no key or header goes to another server: check baseURL'
  return modelFailed(called, 'request', `${problem} ${mend}`, { status })
}

function urlOf({ destination }: Called): string {
  return `${destination.baseURL}/chat/completions`
}

/** Throws HEDDLE_MODEL_FAILED where the answer is an error, in spite of a status of success. */
export function assertNoError(given: unknown, called: Called): void {
  if (given === undefined || given === '') {
    throw oddAnswer(called, 'an answer without a body; check baseURL')
  }
  const about = Object(given) as object
  if (!hasWords(about) || isRecord(Object(readFrom(about, 'choices'))[0])) return
  throw failureInAnswer(about, called, 'it answered with an error')
}

function hasWords(about: object): boolean {
  const error = readFrom(about, 'error')
  return isRecord(error) || (typeof error === 'string' && error !== '')
}

/** An error that the provider sends in place of an answer, or of the rest of one. */
function failureInAnswer(about: object, called: Called, what: string): HeddleError {
  const code = readFrom(Object(readFrom(about, 'error')), 'code')
  const status = Number(code)
  const kind = status >= 400 && status < 600 ? kindOfStatus(status) : 'server'
  const retryable = (kind === 'server' || kind === 'rate-limit') && !isSpent(code)
  return modelFailed(called, kind, `${what}: ${wordsOf(about, called)}`, { retryable })
}

function mendOf(status: number, isSpent: boolean, retryAfterMs: number | undefined): string {
  if (status === 401 || status === 403) return '; check apiKey'
  if (status === 404) return '; check model, and baseURL, which ends with /v1 for most servers'
  if (status !== 429 || isSpent) return ''
  const wait = retryAfterMs === undefined ? '' : ` (it asks to wait ${retryAfterMs} ms)`
  return `${wait}; ask for less at once: a limit of the runtime does that`
}

/** What the provider says, without the status before it. */
function wordsOf(about: object, { destination }: Called, status?: number): string {
  const body = readFrom(about, 'error')
  const own = typeof body === 'string' ? body : textFrom(Object(body), 'message')
  const words = own ?? textFrom(about, 'message')?.replace(`${status} `, '') ?? ''
  if (words === 'status code (no body)') return ''
  return toldWords(words, destination.hide)
}

/** The words of the first cause that has some: those of the package say little. */
function rootOf(about: object): string {
  let words = ''
  for (let link: unknown = about; isRecord(link); link = readFrom(link, 'cause')) {
    words = textFrom(link, 'message') || textFrom(link, 'code') || words
  }
  return words
}
