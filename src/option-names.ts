/**
 * Options by their names. It stands below all, since definitions of messages have options too.
 * Nothing here throws.
 */
import { isPlain, isRecord } from './describe.ts'

/** Every name that a type of options has; the compiler checks that none is missing. */
export type NamesOf<T extends object> = Readonly<Record<keyof Required<T>, true>>

/** The names of a type's options: all of them. */
export type OptionNames<T extends object> = readonly (keyof T & string)[]

export function namesOf<T extends object>(names: NamesOf<T>): OptionNames<T> {
  return Object.keys(names) as (keyof T & string)[]
}

/**
 * A record of any class whose contents are in its named fields. A list, a `Map` or a promise is not
 * one: it would pass for an empty record.
 */
export function holdsByName(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return false
  try {
    return isPlain(value) || Object.prototype.toString.call(value) === '[object Object]'
  } catch {
    return false
  }
}

/**
 * The first name in `options` that is not in `known`. An undefined option counts as left out.
 */
export function strangerIn(options: object, known: readonly string[]): string | undefined {
  return Object.keys(options).find((name) => {
    return !known.includes(name) && Reflect.get(options, name) !== undefined
  })
}
