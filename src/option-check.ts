/**
 * Records of options: each name must be known, since a mistyped one would silently do nothing. Code
 * that takes options reads them with `readOptions`, or checks them with `checkOptions` where the
 * error is HEDDLE_INVALID_OPTION.
 */
import { describe, HeddleError } from './errors.ts'
import { nearestOf } from './nearest.ts'
import { holdsByName, type OptionNames, strangerIn } from './option-names.ts'
import { firstWrong, type OptionRule, type RulesOf } from './option-rules.ts'

export { namesOf } from './option-names.ts'

/**
 * The options of a definition, read by name. Undefined ones are left out, so that the result can be
 * spread over defaults. `refuse` makes an error from a problem. JavaScript callers may pass
 * anything, and any option may be missing.
 */
export function readOptions<T extends object>(
  options: T,
  names: OptionNames<NoInfer<T>>,
  refuse: (problem: string) => Error,
): T {
  const given: unknown = options
  if (!holdsByName(given)) {
    throw refuse(`its options are ${describe(given)}, and must be a record`)
  }
  const stranger = strangerIn(given, names)
  if (stranger !== undefined) {
    const nearest = nearestOf(stranger, names)
    const mend =
      nearest === undefined ? `; known: ${names.join(', ')}` : `; did you mean '${nearest}'?`
    throw refuse(`there is no option '${stranger}'${mend}`)
  }
  const known = names.map((name): [string, unknown] => [name, given[name]])
  return Object.fromEntries(known.filter(([, value]) => value !== undefined)) as T
}

/**
 * What `read` returns of a user's value. Throws the error that `refusal` makes if the value throws
 * when it is read.
 */
export function readSafely<T>(read: () => T, refusal: () => HeddleError): T {
  try {
    return read()
  } catch {
    throw refusal()
  }
}

/** Returns a record, or throws HEDDLE_INVALID_OPTION: JavaScript callers may pass anything. */
export function checkRecord<T extends object>(option: string, value: T): T {
  if (holdsByName(value)) return value
  throw invalidRecord(option, value)
}

/** A copy of a record with any names. Throws HEDDLE_INVALID_OPTION. */
export function copyRecord<T extends object>(option: string, value: T): T {
  const refusal = () => invalidRecord(option, value)
  return readSafely(() => ({ ...checkRecord(option, value) }), refusal)
}

/**
 * Returns a record of options with these names, or throws HEDDLE_INVALID_OPTION. `group` is the
 * option whose value it is; undefined for the options of a call. Each option is read once, here:
 * one that throws when it is read is refused, and later changes to it have no effect.
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
    if (value !== undefined) own[name] = value // an undefined option counts as left out
  }
  for (const name of known) readInto(name)
  for (const name of names) {
    if (known.includes(name)) continue
    readInto(name)
    if (own[name] === undefined) continue
    const nearest = nearestOf(name, known)
    const hint = nearest === undefined ? '' : `; did you mean '${within}${nearest}'?`
    const rule = `left out: there is no option of this name${hint}`
    throw withoutText(`${within}${name}`, own[name], rule)
  }
  return own as T
}

/** The same. Throws HEDDLE_INVALID_OPTION also when an option breaks its rule. */
export function checkRules<T extends object>(options: T, rules: RulesOf<T>): T {
  if (typeof options === 'string') throw withoutText('options', options, 'a record')
  const own = checkOptions(options, Object.keys(rules))
  checkValues(own, rules)
  return own
}

function invalidRecord(option: string, value: unknown): HeddleError {
  return invalid(option, value, 'a record')
}

function invalid(option: string, value: unknown, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value: describe(value), rule })
}

/** A text is not repeated: it may be a key, in the place of options or under a mistyped name. */
function withoutText(option: string, given: unknown, rule: string): HeddleError {
  const value = typeof given === 'string' ? 'a text' : describe(given)
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value, rule })
}

/** Throws HEDDLE_INVALID_OPTION when an option breaks its rule. Other names are ignored. */
export function checkValues(options: object, rules: Readonly<Record<string, OptionRule>>): void {
  const wrong = firstWrong(options, rules)
  if (wrong === undefined) return
  const { kind, at: option, value, must: rule } = wrong
  if (kind === 'name') throw withoutText(option, value, rule)
  throw new HeddleError('HEDDLE_INVALID_OPTION', { option, value: describe(value), rule })
}

/** Throws HEDDLE_INVALID_OPTION unless `value` is milliseconds, at least `least`. */
export function checkMs(option: string, value: unknown, least: 0 | 1 = 1): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return
  throw invalidOption(option, value, `a number of milliseconds, at least ${least}`)
}

interface CountRange {
  readonly least?: number | undefined
  readonly most?: number | undefined
}

/**
 * Returns a positive whole number, or throws HEDDLE_INVALID_OPTION. A count has a range if
 * something is allocated in advance for each of it, or if too small a value ends the process: the
 * caller then gets a named error and not a native crash.
 */
export function checkCount(
  option: string,
  value: unknown,
  { least = 1, most = Number.MAX_SAFE_INTEGER }: CountRange = {},
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw invalidOption(option, value, 'a positive whole number')
  }
  if (value < least) throw invalidOption(option, value, `at least ${figure.format(least)}`)
  if (value > most) throw invalidOption(option, value, `at most ${figure.format(most)}`)
  return value
}

const figure = new Intl.NumberFormat('en')

export function invalidOption(option: string, value: unknown, rule: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_OPTION', { option, value: describe(value), rule })
}
