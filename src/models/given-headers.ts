/** Headers that an option gives, in any of the forms that `fetch` takes. */
import { describe, isPlain, isRecord } from '../describe.ts'
import { HeddleError } from '../errors.ts'

/** An object, a `Headers`, or a list of pairs. */
export type GivenHeaders =
  | Readonly<Record<string, string>>
  | Headers
  | readonly (readonly [name: string, value: string])[]

const NAME = /^[\w!#$%&'*+.^`|~-]+$/
/** What a header may have, so that no error of the platform repeats it. */
const TEXT = /^[\x20-\x7e]*$/

/** By names in lower case. Throws HEDDLE_INVALID_OPTION, which never repeats a value. */
export function headersOf(option: string, given: unknown): Readonly<Record<string, string>> {
  const must = 'an object of strings, a Headers, or a list of pairs'
  const pairs = pairsIn(given)
  if (pairs === undefined) throw refuse(option, shapeOf(given), must)
  const headers = new Map<string, string>()
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw refuse(option, shapeOf(given), must)
    const [name, value]: unknown[] = pair
    const isName = typeof name === 'string' && NAME.test(name)
    if (isName && typeof value === 'string' && TEXT.test(value)) {
      headers.set(name.toLowerCase(), value)
      continue
    }
    const is = typeof value === 'string' ? 'a text that no header can carry' : `a ${typeof value}`
    const rule = 'a string of ASCII characters, under the name of a header'
    throw refuse(`${option}.${isName ? name : shapeOf(name)}`, is, rule)
  }
  return Object.fromEntries(headers)
}

function pairsIn(given: unknown): unknown[] | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  try {
    if (Symbol.iterator in given) return [...(given as Iterable<unknown>)]
    return isRecord(given) && isPlain(given) ? Object.entries(given) : undefined
  } catch {
    return undefined
  }
}

/** A text is not repeated: it may be a key. */
function shapeOf(value: unknown): string {
  return typeof value === 'string' ? 'a text' : describe(value)
}

function refuse(option: string, value: string, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value, rule })
}
