/** Users' predicates: the one place that calls them and checks their results. */
import { types } from 'node:util'
import { readFrom } from '../describe.ts'
import { HeddleError } from '../errors.ts'

/**
 * Whether `predicate` is true for `value`. A promise is always true, whatever it resolves to, so it
 * is refused. An error of the predicate is rethrown for the caller to report. `what` names the
 * predicate in the error: an option (`match`, `filter`) or a method. Throws HEDDLE_INVALID_OPTION.
 */
export function askPredicate<T>(what: string, predicate: (value: T) => unknown, value: T): boolean {
  const answer = predicate(value)
  if (typeof answer !== 'object' || answer === null) return Boolean(answer)
  if (typeof readFrom(answer, 'then') !== 'function') return true
  // the promise's error is not the one to report
  if (types.isPromise(answer)) Promise.prototype.then.call(answer, undefined, () => {})
  throw new HeddleError('HEDDLE_INVALID_OPTION', {
    option: what,
    value: 'a function that returns a promise',
    rule: 'a function that returns true or false at once: a promise is always true',
  })
}
