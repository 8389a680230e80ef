import { expect, test } from 'vitest'
import { crossing } from '../../bench/crossing.ts'

/** By how many microseconds threads lose at each amount of work. */
function points(losses: Readonly<Record<number, number>>) {
  return Object.entries(losses).map(([workUs, loss]) => {
    return { workUs: Number(workUs), singleUs: 100, threadedUs: 100 + loss }
  })
}

test('lies where the line between the last loss and the first lasting win is zero', () => {
  expect(crossing(points({ 0: 3, 10: 1, 20: -3, 40: -9 }))).toBe(12.5)
})

test('counts from the last loss: a win by chance below it does not count', () => {
  expect(crossing(points({ 0: 1, 10: -5, 20: 2, 40: -2 }))).toBe(30)
})

test('is 0 where threads always win, and the most that was tried where they never do', () => {
  expect(crossing(points({ 0: -1, 10: -2 }))).toBe(0)
  expect(crossing(points({ 0: 1, 64: 2 }))).toBe(64)
})

test('does not depend on the order of the points', () => {
  expect(crossing(points({ 0: 3, 10: 1, 20: -3 }).reverse())).toBe(12.5)
})
