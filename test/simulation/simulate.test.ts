/**
 * Seeds on simulated lanes: none fails on the runtime as it is, and a seed that fails is reported
 * with the plan that shows why.
 */
import { expect, test } from 'vitest'
import { harsh, noTotals, simulate } from '../../simulation/simulate.ts'
import { drop } from '../../src/index.ts'
import type { Make } from '../conformance/runtimes.ts'

/** Seeds that once found lanes that stood still while they were drained. */
const TELLING = [32, 35]

test('seed after seed keeps the contract, with lanes dying at all points', async () => {
  const totals = noTotals()
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...TELLING])
    expect(await simulate(seed, totals)).toBeUndefined()
  expect(totals.steps).toBeGreaterThan(5_000)
  expect(Object.values(totals.kills).every((times) => times > 0)).toBe(true)
  expect(totals.failures).toBeGreaterThan(10)
  expect(totals.fills).toBeGreaterThan(10)
  expect(totals.recalls).toBeGreaterThan(50)
})

test('the same seed does the same', async () => {
  const [one, again] = [noTotals(), noTotals()]
  await simulate(77, one)
  await simulate(77, again)
  expect(again).toEqual(one)
})

test('a seed that fails comes with a small plan and its history', async () => {
  const failure = await simulate(3, noTotals(), forgetful)
  expect(failure?.problem).toBeTypeOf('string')
  expect(failure?.plan.length).toBeLessThan(4)
  expect(failure?.seed).toBe(3)
})

/** Simulated lanes whose router drops every third message that a turn publishes. */
const forgetful: Make = {
  ...harsh,
  start: (options, conditions) => {
    let published = 0
    const onPublish: NonNullable<(typeof options)['interventions']>[number]['onPublish'] = (
      message,
      { sender },
    ) => {
      if (sender === undefined || ++published % 3 !== 0) return message
      return drop('forgotten')
    }
    return harsh.start({ ...options, interventions: [{ onPublish }] }, conditions)
  },
}
