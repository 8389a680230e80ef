import { expect, test } from 'vitest'
import { chaos } from '../../chaos/chaos.ts'

test('a bank whose lanes keep dying loses nothing, repeats nothing, and keeps its order', {
  timeout: 120_000,
}, async () => {
  const { report, problems } = await chaos({ seconds: 5, seed: 1 })
  expect(problems).toEqual([])
  expect(report).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, overlapped: 0 })
  expect(report.handled).toBeGreaterThan(100)
  const { exit, throw: thrown, terminate, oom, loop, heap } = report.kills
  expect(exit + thrown + terminate + oom + loop + heap).toBeGreaterThan(4)
  expect(terminate).toBeGreaterThan(0)
  expect(report.blamed.culprit).toBeGreaterThan(0)
  expect(report.slips.forgotten).toBeGreaterThan(0)
})
