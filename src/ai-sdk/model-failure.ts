/** How a model of the AI SDK fails, as heddle's own error. */
import { describe, isRecord, readFrom, textFrom, thrownText } from '../describe.ts'
import { type ErrorFields, HeddleError } from '../errors.ts'
import {
  type FailureKind,
  headerOf,
  isPassing,
  isSpent,
  kindOfStatus,
  retryAfterOf,
} from '../models/provider-failure.ts'
import { type Hide, toldWords } from '../models/secrets.ts'

type Fields = ErrorFields<'HEDDLE_MODEL_FAILED'>

/** One call of a client. */
export interface Called {
  /** The client's name. */
  readonly client: string
  /** The key of the caller. */
  readonly caller: string
  readonly hide: Hide
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
}

/** HEDDLE_MODEL_ANSWER: an answer that fits no shape of the specification. */
export function misshapen(
  { client, caller, hide }: Called,
  what: string,
  value: unknown,
  must: string,
): HeddleError {
  const mend = "the model's package may be made for another version of the AI SDK"
  const is = shownBy(hide, value)
  const problem = `the ${what} of '${client}' is ${is}, and must be ${must}; ${mend}`
  return new HeddleError('HEDDLE_MODEL_ANSWER', { agent: caller, problem })
}

/** HEDDLE_MODEL_FAILED: the provider says so itself, with a finish. */
export function stopped({ client: model, hide }: Called, raw: unknown): HeddleError {
  const problem = `it stopped with an error: ${shownBy(hide, raw)}`
  return new HeddleError('HEDDLE_MODEL_FAILED', {
    model,
    problem,
    kind: 'server',
    retryable: false,
  })
}

/** HEDDLE_MODEL_FAILED: the request is not one for this model. */
export function oddRequest(model: string, problem: string): HeddleError {
  return new HeddleError('HEDDLE_MODEL_FAILED', {
    model,
    problem,
    kind: 'request',
    retryable: false,
  })
}

/** HEDDLE_MODEL_FAILED: the answer came in part. */
export function brokenOff(model: string, problem: string): HeddleError {
  const kind = 'connection'
  return new HeddleError('HEDDLE_MODEL_FAILED', { model, problem, kind, retryable: true })
}

/**
 * HEDDLE_MODEL_FAILED; HEDDLE_MODEL_ANSWER where the provider's package can't read what came. The
 * cause repeats the names and the words of the provider's error, and not its headers and bodies.
 * Heddle's own error stays as it is.
 */
export function failed(called: Called, error: unknown): HeddleError {
  if (error instanceof HeddleError) return error
  const links = linksOf(error)
  const from = Object(error) as object
  const status = statusIn(from)
  const cause = causeOf(links, called.hide)
  const problem = toldWords(wordsOf(error, links), called.hide)
  if (!isRefusal(status) && isUnreadable(links)) {
    const said = `the provider of '${called.client}' sent what can't be read: ${problem}`
    return new HeddleError('HEDDLE_MODEL_ANSWER', { agent: called.caller, problem: said }, cause)
  }
  const kind = kindOf(links, status)
  const retryAfterMs = retryAfterOf(readFrom(from, 'responseHeaders'), called.wallNow())
  const fields: Fields = {
    model: called.client,
    problem,
    kind,
    retryable: isRetryable(from, kind, status),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
  return new HeddleError('HEDDLE_MODEL_FAILED', fields, cause)
}

/** Hidden first: a description may cut a key in half. */
function shownBy(hide: Hide, value: unknown): string {
  return describe(typeof value === 'string' ? hide(value) : value)
}

const MAX_LINKS = 9

/** The error and its causes. */
function linksOf(error: unknown): object[] {
  const links = new Set<object>()
  for (let link: unknown = error; isRecord(link); link = readFrom(link, 'cause')) {
    if (links.has(link) || links.size === MAX_LINKS) break
    links.add(link)
  }
  return [...links]
}

function statusIn(error: object): number | undefined {
  for (const name of ['statusCode', 'status', 'code']) {
    const status = readFrom(error, name)
    if (typeof status === 'number' && status >= 100 && status < 600) return status
  }
  return undefined
}

function isRefusal(status: number | undefined): status is number {
  return status !== undefined && (status < 200 || status > 299)
}

const UNREADABLE =
  /^(AI_(JSONParse|TypeValidation|InvalidResponseData|EmptyResponseBody)Error|SyntaxError)$/
/** The call itself can't be made: the provider was not asked. */
const NOT_ASKED = /^AI_(Unsupported|Invalid(Argument|Prompt)|NoSuchModel)/
const NO_KEY = /^AI_Load(APIKey|Setting)Error$/

/** The names of the SDK's own errors begin with `AI_`. */
function nameOf(error: object | undefined): string {
  return (error && textFrom(error, 'name')) ?? ''
}

function isUnreadable(links: readonly object[]): boolean {
  return !NOT_ASKED.test(nameOf(links[0])) && links.some((link) => UNREADABLE.test(nameOf(link)))
}

function kindOf(links: readonly object[], status: number | undefined): FailureKind {
  const [first = {}] = links
  const name = nameOf(first)
  if (NO_KEY.test(name)) return 'auth'
  if (isRefusal(status)) return kindOfStatus(status)
  if (links.some(isLate)) return 'timeout'
  if (readFrom(first, 'isRetryable') === true || links.some(isOfFetch)) return 'connection'
  return NOT_ASKED.test(name) ? 'request' : 'server'
}

/** Node's `fetch` has limits of its own, and a provider's package may have one. */
function isLate(error: object): boolean {
  const isOfNode = /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(textFrom(error, 'code') ?? '')
  return isOfNode || nameOf(error) === 'TimeoutError'
}

/** `fetch` throws a TypeError when it can't reach a server, or the line breaks off. */
function isOfFetch(error: object): boolean {
  const isType = nameOf(error) === 'TypeError'
  return isType && ['fetch failed', 'terminated'].includes(textFrom(error, 'message') ?? '')
}

/** As its status and its server say; as its package says, where it has an opinion. */
function isRetryable(error: object, kind: FailureKind, status: number | undefined): boolean {
  const code = readFrom(Object(readFrom(Object(readFrom(error, 'data')), 'error')), 'code')
  if (isSpent(code)) return false
  const advised = headerOf(readFrom(error, 'responseHeaders'), 'x-should-retry')
  if (advised !== undefined) return advised === 'true'
  const told = readFrom(error, 'isRetryable')
  if (isRefusal(status)) return typeof told === 'boolean' ? told : isPassing(status)
  return told === true || kind === 'connection'
}

/** `fetch` says in its cause what has happened. */
function wordsOf(error: unknown, links: readonly object[]): string {
  const words = thrownText(error)
  const at = links.findIndex(isOfFetch)
  const why =
    at === -1 ? undefined : links.slice(at + 1).findLast((one) => textFrom(one, 'message'))
  return why === undefined ? words : `${words}: ${thrownText(why)}`
}

/** Copies, since the errors of the SDK have the call with its headers, and what came. */
function causeOf(links: readonly object[], hide: Hide): { cause?: Error } {
  let cause: Error | undefined
  for (const link of links.toReversed()) {
    const message = toldWords(textFrom(link, 'message') ?? '', hide)
    const copy = cause === undefined ? new Error(message) : new Error(message, { cause })
    copy.name = nameOf(link) || 'Error'
    const frames = (textFrom(link, 'stack') ?? '').split('\n').filter((one) => /^\s+at /.test(one))
    copy.stack = [`${copy.name}: ${message}`, ...frames].join('\n')
    cause = copy
  }
  return cause === undefined ? {} : { cause }
}
