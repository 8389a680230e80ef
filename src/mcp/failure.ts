/**
 * Why a server or a call of it failed, in heddle's words. The errors of the package are not kept as
 * causes: they may have headers, and texts that repeat a key.
 */
import { readFrom, textFrom } from '../describe.ts'
import { type ErrorFields, HeddleError } from '../errors.ts'
import { type Hide, toldWords } from '../models/secrets.ts'

type Failed = ErrorFields<'HEDDLE_MCP_FAILED'>
export type FailureKind = Failed['kind']

/** Whose failure it is. */
export interface Failing {
  readonly server: string
  /** The server in words. */
  readonly place: string
  readonly hide: Hide
}

/** HEDDLE_MCP_FAILED. */
export function mcpFailed(
  { server, hide }: Failing,
  kind: FailureKind,
  problem: string,
  more: Partial<Failed> = {},
): HeddleError {
  const retryable = kind === 'closed' || kind === 'timeout'
  const fields = { server, problem: toldWords(problem, hide), kind, retryable, ...more }
  return new HeddleError('HEDDLE_MCP_FAILED', fields)
}

/** The same error, of a call of this tool. */
export function atTool(error: HeddleError, tool: string): HeddleError {
  const fields = error.fields as Failed
  return new HeddleError('HEDDLE_MCP_FAILED', { ...fields, tool })
}

/** What the package threw when a connection was made. */
export function connectFailure(error: unknown, failing: Failing, ended: string): HeddleError {
  const { kind, status, words } = read(error)
  const { place } = failing
  if (kind === 'own') return error as HeddleError
  if (kind === 'command') {
    const mend = 'check command, and that it is on the PATH; and cwd, if there is one'
    return mcpFailed(failing, 'connect', `${place} can't be started: ${words}; ${mend}`)
  }
  if (kind === 'status') {
    const isRefused = status === 401 || status === 403
    const mend = isRefused ? 'check headers' : isPassing(status) ? 'try again later' : 'check url'
    return mcpFailed(
      failing,
      isRefused ? 'refused' : 'connect',
      `${place} answered ${status}; ${mend}`,
      {
        retryable: isPassing(status),
      },
    )
  }
  if (kind === 'odd') return mcpFailed(failing, 'protocol', `${place} speaks no MCP: ${words}`)
  if (kind === 'refusal') return mcpFailed(failing, 'refused', `${place} refused: ${words}`)
  const why = ended === '' ? words : ended
  return mcpFailed(failing, 'connect', `no connection to ${place}: ${why}`, { retryable: true })
}

/** What the package threw at a call. */
export function callFailure(error: unknown, failing: Failing, ended: string): HeddleError {
  const { kind, status, words } = read(error)
  switch (kind) {
    case 'own':
      return error as HeddleError
    case 'odd':
      return mcpFailed(failing, 'protocol', `its answer can't be used: ${words}`)
    case 'refusal':
      return mcpFailed(failing, 'refused', `it refused: ${words}`)
    case 'status': {
      if (status === 404) return closed(failing, 'it has forgotten the session')
      const mend = status === 401 || status === 403 ? '; check headers' : ''
      return mcpFailed(failing, 'refused', `it answered ${status}${mend}`, {
        retryable: isPassing(status),
      })
    }
    default:
      return closed(failing, ended === '' ? words : ended)
  }
}

/** The call may have had effects: it is not made again. */
export function closed(failing: Failing, why: string): HeddleError {
  const rest = 'the call may have been done, and is not made again'
  return mcpFailed(failing, 'closed', `the connection broke during the call: ${why}; ${rest}`)
}

/** Whether the connection is of no use any more. */
export function breaksConnection(error: unknown): boolean {
  const { kind, status } = read(error)
  return kind === 'connection' || (kind === 'status' && status === 404)
}

interface Read {
  readonly kind: 'own' | 'command' | 'status' | 'odd' | 'refusal' | 'connection'
  readonly status: number
  readonly words: string
}

/** Messages with which the package rejects a result that does not fit the tool's output schema. */
const ODD_RESULT =
  /^(MCP error -?\d+: )?(Structured content does not match|Failed to validate structured|Tool .* (has an output schema but did not|has an invalid outputSchema))/
const ODD_CODES = [
  'INVALID_RESULT',
  'UNSUPPORTED_RESULT_TYPE',
  'LIST_PAGINATION_EXCEEDED',
  'ERA_NEGOTIATION_FAILED',
]
const ODD_NAMES = ['SyntaxError', 'ZodError', '$ZodError', 'ContentTypeParseError']

function read(error: unknown): Read {
  const about = Object(error) as object
  const name = textFrom(about, 'name') ?? ''
  const code = readFrom(about, 'code')
  const status = readFrom(about, 'status')
  const words = wordsOf(about)
  const as = (kind: Read['kind']): Read => ({ kind, status: Number(status ?? 0), words })
  if (name === 'HeddleError') return as('own')
  if (typeof status === 'number') return as('status')
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return as('command')
  if (ODD_NAMES.includes(name) || ODD_CODES.includes(String(code)) || ODD_RESULT.test(words)) {
    return as('odd')
  }
  if (String(code) === 'CLIENT_HTTP_UNEXPECTED_CONTENT') return as('odd')
  if (name === 'ProtocolError' || typeof code === 'number') return as('refusal')
  return as('connection')
}

/** The words of the innermost cause, without lines: zod writes its issues as JSON. */
function wordsOf(error: object): string {
  let inner = error
  for (let depth = 0; depth < 5; depth += 1) {
    const cause = readFrom(inner, 'cause')
    if (typeof cause !== 'object' || cause === null) break
    inner = cause
  }
  const text = textFrom(inner, 'message') || textFrom(inner, 'code') || 'an error without words'
  return text.replaceAll(/\s+/g, ' ')
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
