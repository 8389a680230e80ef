/** Why a signal aborted, in words. */
import { isError } from './describe.ts'
import { jsonText } from './json-text.ts'

/** Characters of a reason that is neither a text nor an error. */
const MAX_CHARS = 1_000

/**
 * What a signal was aborted with, as a text: an error's message, a text as it is, other values as
 * JSON. Never throws.
 */
export function reasonText(reason: unknown): string {
  if (typeof reason === 'string') return reason
  if (reason === undefined) return 'no reason was given'
  return isError(reason) ? `${reason.message}` : jsonText(reason, MAX_CHARS)
}
