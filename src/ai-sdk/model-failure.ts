/** How a model of the AI SDK fails, as heddle's own error. */
import { describe, isRecord, readFrom, textFrom, thrownText } from '../describe.ts'
import { type ErrorFields, HeddleError } from '../errors.ts'

type Fields = ErrorFields<'HEDDLE_MODEL_FAILED'>

/** One call of a client: the client's name, and who calls it. */
export interface Called {
  readonly client: string
  readonly caller: string
}

/** HEDDLE_MODEL_ANSWER: an answer that fits no shape of the specification. */
export function misshapen(
  { client, caller }: Called,
  what: string,
  value: unknown,
  must: string,
): HeddleError {
  const mend = "the model's package may be made for another version of the AI SDK"
  const problem = `the ${what} of '${client}' is ${describe(value)}, and must be ${must}; ${mend}`
  return new HeddleError('HEDDLE_MODEL_ANSWER', { agent: caller, problem })
}

/** HEDDLE_MODEL_FAILED: the provider says so itself, with a finish. */
export function stopped(model: string, raw: unknown): HeddleError {
  const problem = `it stopped with an error: ${describe(raw)}`
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
 * HEDDLE_MODEL_FAILED with the provider's error as its cause. Heddle's own error stays as it is.
 */
export function failed(model: string, error: unknown): HeddleError {
  if (error instanceof HeddleError) return error
  const from = Object(error)
  const statusCode = readFrom(from, 'statusCode')
  const status = typeof statusCode === 'number' ? statusCode : undefined
  const isRetryable = readFrom(from, 'isRetryable')
  const kind = kindOf(from, status, isRetryable)
  const retryAfterMs = waitIn(readFrom(from, 'responseHeaders'))
  const fields: Fields = {
    model,
    problem: thrownText(error),
    kind,
    retryable: typeof isRetryable === 'boolean' ? isRetryable : kind === 'connection',
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
  return new HeddleError('HEDDLE_MODEL_FAILED', fields, { cause: error })
}

/** The names of the SDK's own errors begin with `AI_`. */
function kindOf(error: object, status: number | undefined, isRetryable: unknown): Fields['kind'] {
  const name = textFrom(error, 'name') ?? ''
  if (status === 401 || status === 403 || /^AI_Load(APIKey|Setting)Error$/.test(name)) return 'auth'
  if (status === 429) return 'rate-limit'
  if (status === 408 || name === 'TimeoutError') return 'timeout'
  if (status !== undefined) return status >= 400 && status < 500 ? 'request' : 'server'
  if (isRetryable === true || isOfFetch(error)) return 'connection'
  return name.startsWith('AI_Unsupported') || name.startsWith('AI_Invalid') ? 'request' : 'server'
}

/** `fetch` throws a TypeError when it can't reach a server, or the line breaks off. */
function isOfFetch(error: object): boolean {
  const isType = textFrom(error, 'name') === 'TypeError'
  return isType && ['fetch failed', 'terminated'].includes(textFrom(error, 'message') ?? '')
}

/** How long the provider asks to wait, in milliseconds; undefined if it does not say. */
function waitIn(headers: unknown): number | undefined {
  if (!isRecord(headers)) return undefined
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN)
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  const wait = Number.isFinite(ms) ? ms : seconds * 1_000
  return Number.isFinite(wait) && wait >= 0 ? wait : undefined
}
