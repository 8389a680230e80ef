import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../src/testing/random.ts'

const draw = (seed: number, count = 20) => {
  const random = new Random(seed)
  return Array.from({ length: count }, () => random.next())
}

test('the same seed gives the same numbers, and another seed others', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, other) => {
      expect(draw(seed)).toEqual(draw(seed))
      fc.pre(seed >>> 0 !== other >>> 0)
      expect(draw(seed)).not.toEqual(draw(other))
    }),
  )
})

test('a number is at least 0 and less than 1, or less than the limit, and all come up', () => {
  const random = new Random(7)
  const seen = new Set<number>()
  for (let index = 0; index < 1_000; index++) {
    const number = random.next()
    expect(number >= 0 && number < 1).toBe(true)
    seen.add(random.below(6))
  }
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5])
})
