import { expect, test } from 'vitest'
import { askPredicate } from '../../src/agents/predicate.ts'
import { uncaughtErrors } from '../fixtures/process-errors.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

test('the result of a predicate counts as true or false, as anywhere in JavaScript', () => {
  for (const answer of [true, 1, 'yes', {}, []]) {
    expect(askPredicate('match', () => answer, undefined)).toBe(true)
  }
  for (const answer of [false, 0, '', null, undefined]) {
    expect(askPredicate('match', () => answer, undefined)).toBe(false)
  }
  expect(askPredicate('match', (value) => value === 7, 7)).toBe(true)
})

test('a predicate that returns a promise is refused, and a rejection of the promise is ignored', async () => {
  const uncaught = uncaughtErrors()
  for (const predicate of [
    async () => false,
    () => Promise.reject(new Error('no')),
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library
    () => ({ then: () => {} }),
  ]) {
    const error = await expectRefusal(
      () => askPredicate('match', predicate, 1),
      'HEDDLE_INVALID_OPTION',
    )
    expect(error.fields).toMatchObject({
      option: 'match',
      rule: expect.stringContaining('at once'),
    })
  }
  await new Promise(setImmediate)
  expect(uncaught).toEqual([])
})

test('an error that a predicate throws is rethrown', () => {
  const error = new Error('no')
  const throwing = () => {
    throw error
  }
  expect(() => askPredicate('match', throwing, 1)).toThrow(error)
})
