/** Records of options: each name must be known, since a mistyped one would silently do nothing. */
import { describe, HeddleError } from '../errors.ts'
import { nearestOf } from './nearest.ts'
import { firstWrong, type OptionRule, type RulesOf } from './option-rules.ts'

/** The names of a type's options: all of them, as the compiler sees to. */
export function namesOf<T extends object>(
  names: Readonly<Record<keyof Required<T>, true>>,
): readonly string[] {
  return Object.keys(names)
}

/** A record, or HEDDLE_INVALID_OPTION: from JavaScript it may be anything. */
export function checkRecord<T extends object>(option: string, value: T): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
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
  checkRecord(group ?? 'options', options)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const value: unknown = Reflect.get(options, name)
    if (value === undefined) continue // as left out
    const within = group === undefined ? '' : `${group}.`
    const nearest = nearestOf(name, known)
    const hint = nearest === undefined ? '' : `; did you mean '${within}${nearest}'?`
    const rule = `left out: there is no option of this name${hint}`
    throw new HeddleError('HEDDLE_INVALID_OPTION', {
      option: `${within}${name}`,
      value: describe(value),
      rule,
    })
  }
  return options
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
