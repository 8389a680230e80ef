/** Functions of users that decide: one place that asks them, and judges what they answer. */
import { types } from 'node:util'
import { readFrom } from '../describe.ts'
import { HeddleError } from '../errors.ts'

/**
 * Whether `predicate` is true for `value`. A promise is always true, whatever it resolves to: it is
 * refused. What the predicate throws is thrown on, for the caller to tell. `what` names it in the
 * error: an option (`match`, `filter`), a method. Throws HEDDLE_INVALID_OPTION.
 */
export function askPredicate<T>(what: string, predicate: (value: T) => unknown, value: T): boolean {
  const answer = predicate(value)
  if (typeof answer !== 'object' || answer === null) return Boolean(answer)
  if (typeof readFrom(answer, 'then') !== 'function') return true
  // its error is not the one to tell
  if (types.isPromise(answer)) Promise.prototype.then.call(answer, undefined, () => {})
  throw new HeddleError('HEDDLE_INVALID_OPTION', {
    option: what,
    value: 'a function that returns a promise',
    rule: 'a function that answers at once, true or false: a promise is always true',
  })
}
