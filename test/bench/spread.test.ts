import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ratioOf, spreadOf } from '../../bench/spread.ts'

describe('a spread', () => {
  test('has the middle one of an odd number, in any order', () => {
    expect(spreadOf([9, 1, 10, 2, 30])).toEqual({ median: 9, min: 1, max: 30 })
  })

  test('has what lies between the middle two of an even number', () => {
    expect(spreadOf([4, 1, 100, 2])).toEqual({ median: 3, min: 1, max: 100 })
  })

  test('sorts numbers as numbers, and leaves the rounds as they are', () => {
    const rounds = [100, 20, 3]
    expect(spreadOf(rounds).median).toBe(20)
    expect(rounds).toEqual([100, 20, 3])
  })

  test('has as many below its median as above, whatever the values', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(values, (rounds) => {
        const { median, min, max } = spreadOf(rounds)
        const below = rounds.filter((value) => value < median).length
        const above = rounds.filter((value) => value > median).length
        expect(Math.max(below, above)).toBeLessThanOrEqual(rounds.length / 2)
        expect([min, max]).toEqual([Math.min(...rounds), Math.max(...rounds)])
      }),
    )
  })

  test('is refused if there is no round, or one without a figure', () => {
    expect(() => spreadOf([])).toThrow('no rounds')
    expect(() => spreadOf([1, Number.NaN])).toThrow('NaN')
    expect(() => spreadOf([1, 1 / 0])).toThrow('Infinity')
  })
})

describe('a ratio', () => {
  test('is the median of the rounds’ ratios, not the ratio of the medians', () => {
    // 20 over 40 would be 0.5, but heddle is ahead in two rounds of three.
    expect(ratioOf([20, 10, 60], [10, 40, 50])).toEqual({ median: 1.2, min: 0.25, max: 2 })
  })

  test('says nothing about rounds that were not run side by side, or took no time', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('2 rounds')
    expect(() => ratioOf([1], [0])).toThrow('Infinity')
  })
})
