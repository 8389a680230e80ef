/** Records of options: each name must be known, since a mistyped one would silently do nothing. */
import { isRecord } from '../describe.ts'
import { describe, HeddleError } from '../errors.ts'
import { nearestOf } from './nearest.ts'

/** The names of a type's options: all of them, as the compiler sees to. */
export function namesOf<T extends object>(
  names: Readonly<Record<keyof Required<T>, true>>,
): readonly string[] {
  return Object.keys(names)
}

/** What `read` gives of a user's value, or what `refusal` says of one that throws when it is read. */
export function readSafely<T>(read: () => T, refusal: () => HeddleError): T {
  try {
    return read()
  } catch {
    throw refusal()
  }
}

/** A record, or HEDDLE_INVALID_OPTION: from JavaScript it may be anything. */
export function checkRecord<T extends object>(option: string, value: T): T {
  if (isRecord(value)) return value
  throw invalidRecord(option, value)
}

/** A copy of a record of any names. Throws HEDDLE_INVALID_OPTION. */
export function copyRecord<T extends object>(option: string, value: T): T {
  const refusal = () => invalidRecord(option, value)
  return readSafely(() => ({ ...checkRecord(option, value) }), refusal)
}

/**
 * A record of options of these names, or HEDDLE_INVALID_OPTION. `group`: the option whose value it is;
 * undefined: they are the options of a call. Each is read once, here: what throws then is refused, and what it is later has no say.
 */
export function checkOptions<T extends object>(
  options: T,
  known: readonly string[],
  group?: string,
): T {
  checkRecord(group ?? 'options', options)
  const within = group === undefined ? '' : `${group}.`
  const unread = () => invalidRecord(group ?? 'options', options)
  const names = readSafely(() => Object.keys(options), unread)
  if (names.length === 0 && Object.getPrototypeOf(options) === Object.prototype) return options
  const own: Record<string, unknown> = {}
  const readInto = (name: string) => {
    const refusal = () => invalid(`${within}${name}`, options, 'a value that can be read')
    const value: unknown = readSafely(() => Reflect.get(options, name), refusal)
    if (value !== undefined) own[name] = value // else it is as left out
  }
  for (const name of known) readInto(name)
  for (const name of names) {
    if (known.includes(name)) continue
    readInto(name)
    if (own[name] === undefined) continue
    const nearest = nearestOf(name, known)
    const hint = nearest === undefined ? '' : `; did you mean '${within}${nearest}'?`
    const rule = `left out: there is no option of this name${hint}`
    throw invalid(`${within}${name}`, own[name], rule)
  }
  return own as T
}

function invalidRecord(option: string, value: unknown): HeddleError {
  return invalid(option, value, 'a record')
}

function invalid(option: string, value: unknown, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value: describe(value), rule })
}
