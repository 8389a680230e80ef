/**
 * Why a call failed, in heddle's words. The errors of the package are not kept as causes: they have
 * the provider's headers, and texts that may repeat a key.
 */
import { classOf, isRecord, readFrom, textFrom } from '../describe.ts'
import { type ErrorFields, HeddleError } from '../errors.ts'
import type { Destination } from './destination.ts'

type Failed = ErrorFields<'HEDDLE_MODEL_FAILED'>

/** The most of a provider's words in a message: some answer with a whole page. */
const MAX_WORDS = 500
/** Codes of a 429 that waiting does not help. */
const SPENT = ['insufficient_quota', 'billing_hard_limit_reached']

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
  if (isRecord(readFrom(about, 'error'))) return failureInStream(about, called)
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
  const kind = kindOf(status)
  const headers = readFrom(about, 'headers')
  const isSpent = code !== undefined && SPENT.includes(code)
  const advised = headerOf(headers, 'x-should-retry')
  const isPassing = [408, 409, 429].includes(status) || status >= 500
  const retryable = advised === undefined ? isPassing && !isSpent : advised === 'true'
  const retryAfterMs = retryAfterOf(headers, called.wallNow())
  const words = wordsOf(about, status)
  const said = words === '' ? `it answered ${status}` : `it answered ${status}: ${words}`
  return modelFailed(called, kind, `${said}${mendOf(status, isSpent, retryAfterMs)}`, {
    status,
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** An error that the provider sends instead of the rest of an answer. */
function failureInStream(about: object, called: Called): HeddleError {
  const code = Number(readFrom(Object(readFrom(about, 'error')), 'code'))
  const kind = code >= 400 && code < 600 ? kindOf(code) : 'server'
  const retryable = kind === 'server' || kind === 'rate-limit'
  const problem = `it broke off its answer with an error: ${wordsOf(about)}`
  return modelFailed(called, kind, problem, { retryable })
}

function kindOf(status: number): Failed['kind'] {
  if (status === 401 || status === 403) return 'auth'
  if (status === 429) return 'rate-limit'
  if (status === 408 || status === 504) return 'timeout'
  return status >= 500 ? 'server' : 'request'
}

function mendOf(status: number, isSpent: boolean, retryAfterMs: number | undefined): string {
  if (status === 401 || status === 403) return '; check apiKey'
  if (status === 404) return '; check model and baseURL'
  if (status !== 429 || isSpent) return ''
  const wait = retryAfterMs === undefined ? '' : ` (it asks to wait ${retryAfterMs} ms)`
  return `${wait}; ask for less at once: a limit of the runtime does that`
}

/** What the provider says, without the status before it. */
function wordsOf(about: object, status?: number): string {
  const body = readFrom(about, 'error')
  const own = typeof body === 'string' ? body : textFrom(Object(body), 'message')
  const words = own ?? textFrom(about, 'message')?.replace(`${status} `, '') ?? ''
  if (words === 'status code (no body)') return ''
  return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words
}

/** The words of the first cause that has some: those of the package say little. */
function rootOf(about: object): string {
  let words = ''
  for (let link: unknown = about; isRecord(link); link = readFrom(link, 'cause')) {
    words = textFrom(link, 'message') || textFrom(link, 'code') || words
  }
  return words
}

function headerOf(headers: unknown, name: string): string | undefined {
  return (headers as Headers | undefined)?.get(name) ?? undefined
}

/** In milliseconds, from seconds or a date. */
function retryAfterOf(headers: unknown, wallNow: number): number | undefined {
  const exact = Number(headerOf(headers, 'retry-after-ms') ?? Number.NaN)
  if (exact >= 0) return exact
  const given = headerOf(headers, 'retry-after')
  if (given === undefined) return undefined
  const seconds = Number(given)
  const ms = Number.isNaN(seconds) ? Date.parse(given) - wallNow : seconds * 1_000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
