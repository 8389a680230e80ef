/**
 * Records of options: each name must be known, since a mistyped one would silently do nothing.
 * Whoever takes options reads them by `readOptions`, or checks them by `checkOptions` where
 * HEDDLE_INVALID_OPTION is the error.
 */
import { describe, HeddleError } from './errors.ts'
import { nearestOf } from './nearest.ts'
import { holdsByName, type OptionNames, strangerIn } from './option-names.ts'
import { firstWrong, type OptionRule, type RulesOf } from './option-rules.ts'

export { namesOf } from './option-names.ts'

/**
 * The options of a definition, read through their names: without those that are undefined, so that
 * they may be spread over defaults. `refuse` makes the error of what is wrong with them. From
 * JavaScript they may be anything, and any of them may be missing.
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
      nearest === undefined ? `; there are ${names.join(', ')}` : `; did you mean '${nearest}'?`
    throw refuse(`there is no option '${stranger}'${mend}`)
  }
  const known = names.map((name): [string, unknown] => [name, given[name]])
  return Object.fromEntries(known.filter(([, value]) => value !== undefined)) as T
}

/**
 * What `read` gives of a user's value, or what `refusal` says of one that throws when it is read.
 */
export function readSafely<T>(read: () => T, refusal: () => HeddleError): T {
  try {
    return read()
  } catch {
    throw refusal()
  }
}

/** A record, or HEDDLE_INVALID_OPTION: from JavaScript it may be anything. */
export function checkRecord<T extends object>(option: string, value: T): T {
  if (holdsByName(value)) return value
  throw invalidRecord(option, value)
}

/** A copy of a record of any names. Throws HEDDLE_INVALID_OPTION. */
export function copyRecord<T extends object>(option: string, value: T): T {
  const refusal = () => invalidRecord(option, value)
  return readSafely(() => ({ ...checkRecord(option, value) }), refusal)
}

/**
 * A record of options of these names, or HEDDLE_INVALID_OPTION. `group`: the option whose value it
 * is; undefined: they are the options of a call. Each is read once, here: what throws then is
 * refused, and what it is later has no say.
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

/** The same, and HEDDLE_INVALID_OPTION where one of them breaks its rule. */
export function checkRules<T extends object>(options: T, rules: RulesOf<T>): T {
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

/** HEDDLE_INVALID_OPTION where one of these breaks its rule, whatever names there are besides. */
export function checkValues(options: object, rules: Readonly<Record<string, OptionRule>>): void {
  const wrong = firstWrong(options, rules)
  if (wrong === undefined) return
  const { at: option, value, must: rule } = wrong
  throw new HeddleError('HEDDLE_INVALID_OPTION', { option, value: describe(value), rule })
}

/** Milliseconds from `least` on, or HEDDLE_INVALID_OPTION. */
export function checkMs(option: string, value: unknown, least: 0 | 1 = 1): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return
  throw invalidOption(option, value, `a number of milliseconds, at least ${least}`)
}

interface CountRange {
  readonly least?: number | undefined
  readonly most?: number | undefined
}

/**
 * A positive whole number, or HEDDLE_INVALID_OPTION. What is taken in advance for each of them, or
 * ends the process when it is too small, has a range: an error with a name, and no native crash.
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
