import { expect, test } from 'vitest'
import { virtualMakespan } from '../../bench/virtual/makespan.ts'

/** The keys of all turns: `turns` for each key, the keys in rotation. */
function inRotation(keys: number, turns: number): number[] {
  return Array.from({ length: keys * turns }, (_, index) => index % keys)
}

test('one key takes the time of its turns, however many lanes there are', async () => {
  const makespan = await virtualMakespan(inRotation(1, 100), 2, 8)
  expect(makespan).toBeGreaterThanOrEqual(200)
  expect(makespan).toBeLessThan(204)
})

test('as many even keys as lanes take the time of one, and twice as many twice that', async () => {
  const once = await virtualMakespan(inRotation(8, 100), 2, 8)
  const twice = await virtualMakespan(inRotation(16, 100), 2, 8)
  expect(once).toBeGreaterThanOrEqual(200)
  expect(once).toBeLessThan(210)
  expect(twice).toBeGreaterThanOrEqual(400)
  expect(twice).toBeLessThan(420)
})

test('the same work takes the same time again', async () => {
  const order = inRotation(20, 10)
  expect(await virtualMakespan(order, 0.5, 4)).toBe(await virtualMakespan(order, 0.5, 4))
})
