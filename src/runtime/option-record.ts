/** Records of options: each name must be known, since a mistyped one would silently do nothing. */
import { describe, HeddleError } from '../errors.ts'
import { nearestOf } from './nearest.ts'

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
