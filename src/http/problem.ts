/**
 * Errors as answers: problem documents (RFC 9457) with heddle's code.
 *
 * Invariant: an answer says what its caller did wrong, in heddle's words, and nothing of what
 * agents and tools have thrown: their words may hold anything.
 */
import { isRecord, textFrom } from '../describe.ts'
import { type ErrorCode, errorToRecord, HeddleError } from '../errors.ts'
import { errorLine, line } from '../router/reports/error-line.ts'
import { writeLine } from '../router/reports/stderr.ts'

interface Told {
  readonly status: number
  /** What is told in the place of the error's own words. */
  readonly instead?: string
}

const HIDDEN = 'the runtime reports the error where it runs'

/** What callers are told of an error. Every other code is a fault of the program: 500. */
const TOLD: { readonly [Code in ErrorCode]?: Told } = {
  HEDDLE_INVALID_PAYLOAD: { status: 400 },
  HEDDLE_INVALID_ID: { status: 400 },
  HEDDLE_INVALID_OPTION: { status: 400 },
  HEDDLE_INVALID_TASK: { status: 400 },
  HEDDLE_PAYLOAD_NOT_CLONEABLE: { status: 400 },
  HEDDLE_TOOL_ARGUMENTS: { status: 400 },
  HEDDLE_WRONG_TOPIC: { status: 400 },
  HEDDLE_UNKNOWN_AGENT: { status: 404 },
  HEDDLE_UNHANDLED_REQUEST: { status: 404 },
  HEDDLE_ALREADY_RUNNING: { status: 409 },
  HEDDLE_ID_REUSED: { status: 409 },
  HEDDLE_REQUEST_CYCLE: { status: 409 },
  HEDDLE_DROPPED: { status: 422, instead: 'an intervention dropped the message' },
  HEDDLE_EXPIRED: { status: 422 },
  HEDDLE_POISON: { status: 422, instead: `the agent failed; ${HIDDEN}` },
  HEDDLE_REQUEST_FAILED: { status: 422, instead: `the agent failed; ${HIDDEN}` },
  HEDDLE_BOUND_REACHED: { status: 429 },
  HEDDLE_CANCELLED: { status: 503, instead: 'it was cancelled' },
  HEDDLE_NO_LANES: { status: 503, instead: 'no lane is left' },
  HEDDLE_STOPPED: { status: 503 },
  HEDDLE_TOOL_POOL_FULL: { status: 503 },
  HEDDLE_TOOL_POOL_STOPPED: { status: 503 },
  HEDDLE_DEADLINE: { status: 504 },
  HEDDLE_TOOL_TIMEOUT: { status: 504 },
}

/** How soon a caller may try again that was refused for lack of room, in seconds. */
const RETRY_AFTER_S = 1

/** A request that can't be answered as it is. */
export function refusal(status: number, problem: string): HeddleError {
  return new HeddleError('HEDDLE_HTTP_REFUSED', { status, problem })
}

/** What a caller is told of an error. */
export interface Problem {
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
}

/** A fault of the program is also a line on stderr. */
export function problemOf(error: unknown): Problem {
  const code = textFrom(Object(error), 'code')
  if (code === 'HEDDLE_HTTP_REFUSED') {
    const { status, problem } = (error as HeddleError<'HEDDLE_HTTP_REFUSED'>).fields
    return documentOf(status, code, problem)
  }
  const told = isToldCode(code) ? TOLD[code] : undefined
  if (told !== undefined)
    return documentOf(told.status, code as string, told.instead ?? wordsOf(error))
  const isOwn = code?.startsWith('HEDDLE_') === true
  const said = errorLine(errorToRecord(error))
  writeLine(line`error heddle: a request by HTTP failed: ${said}`)
  return documentOf(500, isOwn ? (code as string) : 'HEDDLE_DEFECT', `it failed; ${HIDDEN}`)
}

/** The answer to a request that failed. */
export function problemResponse(error: unknown): Response {
  const problem = problemOf(error)
  const { status } = problem
  const headers = new Headers({ ...SAFE, 'content-type': 'application/problem+json' })
  if (status === 429 || status === 503) headers.set('retry-after', String(RETRY_AFTER_S))
  return new Response(JSON.stringify(problem), { status, headers })
}

function isToldCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(TOLD, code)
}

/** The message without the code, which has a place of its own. */
function wordsOf(error: unknown): string {
  return (textFrom(Object(error), 'message') ?? '').replace(/ \(HEDDLE_[A-Z_]+\)$/, '')
}

function documentOf(status: number, code: string, detail: string): Problem {
  return { title: TITLES[status] ?? 'Error', status, detail, code }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** No answer is kept, guessed at, or shown in a frame. */
export const SAFE = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const

/** An answer of data. */
export function jsonResponse(value: unknown, status = 200, more: object = {}): Response {
  const headers = { 'content-type': 'application/json', ...SAFE, ...more }
  return new Response(publicTextOf(value), { status, headers })
}

/** The value as JSON; what JSON has no word for is told as a text. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)) ?? 'null'
}

/** The same for those who may not see what agents have thrown: errors have their codes alone. */
export function publicTextOf(value: unknown): string {
  return JSON.stringify(value, (name, one) => {
    if (typeof one === 'bigint') return String(one)
    if (name === 'stopReason' && isRecord(one) && one.kind === 'failed') {
      return { ...one, text: `${one.source} failed` }
    }
    if (!ERROR_PLACES.has(name) || !isRecord(one)) return one
    const { code } = one
    return { ...(typeof code === 'string' && { code }), message: HIDDEN }
  })
}

/** The names under which runs and tasks tell of errors. */
const ERROR_PLACES = new Set(['error', 'cause', 'errors'])
