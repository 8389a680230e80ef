/** Checks users' functions where they are given: what shows before one is called. */
import { types } from 'node:util'
import { describe } from '../errors.ts'

/** Why `value` can't be called for its effect or result; undefined if it can. */
export function problemOfFunction(value: unknown): string | undefined {
  if (typeof value !== 'function') return `${describe(value)}, not a function`
  if (types.isGeneratorFunction(value))
    return 'a generator function, which would never run; make it async'
  return undefined
}

/**
 * Why `value` can't serve as a predicate; undefined if it can. `askPredicate` refuses what shows
 * only when the predicate is called.
 */
export function problemOfPredicate(value: unknown): string | undefined {
  if (types.isGeneratorFunction(value)) return 'a generator function, whose result is always true'
  if (types.isAsyncFunction(value)) return 'asynchronous: a promise is always true'
  return problemOfFunction(value)
}
