/**
 * Records of options: each name must be known, since a mistyped one would silently do nothing. Whoever takes options reads
 * them by `readOptions`, or checks them by `checkOptions` where HEDDLE_INVALID_OPTION is the error.
 */
import { describe, HeddleError } from '../errors.ts'
import { holdsByName, type OptionNames, strangerIn } from '../option-names.ts'
import { nearestOf } from './nearest.ts'
import { firstWrong, type OptionRule, type RulesOf } from './option-rules.ts'

export { namesOf } from '../option-names.ts'

/**
 * The options of a definition, read through their names: without those that are undefined, so that they may be spread over defaults.
 * `refuse` makes the error of what is wrong with them. From JavaScript they may be anything, and any of them may be missing.
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

/** A record, or HEDDLE_INVALID_OPTION: from JavaScript it may be anything. */
export function checkRecord<T extends object>(option: string, value: T): T {
  if (holdsByName(value)) return value
  throw new HeddleError('HEDDLE_INVALID_OPTION', {
    option,
    value: describe(value),
    rule: 'a record',
  })
}

/**
 * A record of options of these names, or HEDDLE_INVALID_OPTION. `group`: the option whose value it is;
 * undefined: they are the options of a call.
 */
export function checkOptions<T extends object>(
  options: T,
  known: readonly string[],
  group?: string,
): T {
  const given = checkRecord(group ?? 'options', options)
  const name = strangerIn(given as Readonly<Record<string, unknown>>, known)
  if (name === undefined) return options
  const within = group === undefined ? '' : `${group}.`
  const nearest = nearestOf(name, known)
  const hint = nearest === undefined ? '' : `; did you mean '${within}${nearest}'?`
  throw new HeddleError('HEDDLE_INVALID_OPTION', {
    option: `${within}${name}`,
    value: describe(Reflect.get(given, name)),
    rule: `left out: there is no option of this name${hint}`,
  })
}

/** The same, and HEDDLE_INVALID_OPTION where one of them breaks its rule. */
export function checkRules<T extends object>(options: T, rules: RulesOf<T>): T {
  checkOptions(options, Object.keys(rules))
  checkValues(options, rules)
  return options
}

/** HEDDLE_INVALID_OPTION where one of these breaks its rule, whatever names there are besides. */
export function checkValues(options: object, rules: Readonly<Record<string, OptionRule>>): void {
  const wrong = firstWrong(options, rules)
  if (wrong === undefined) return
  const { at: option, value, must: rule } = wrong
  throw new HeddleError('HEDDLE_INVALID_OPTION', { option, value: describe(value), rule })
}
