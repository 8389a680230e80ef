import { expect, test } from 'vitest'
import { race } from '../../bench/race.ts'

test('every contestant runs once a round, none always after the same one, and the warm-up does not count', async () => {
  const ran: string[] = []
  const lap = (name: string) => async () => ran.push(name)
  const contestants = { a: lap('a'), b: lap('b'), c: lap('c') }
  const results = await race(contestants, { rounds: 3, tell: () => {} })
  expect(ran.join('')).toBe('abc' + 'bca' + 'cab' + 'abc')
  // A lap's result is the number of laps so far, so results show the order of contestants.
  expect(results).toEqual({ a: [6, 8, 10], b: [4, 9, 11], c: [5, 7, 12] })
})

test('a lap that fails ends the race', async () => {
  const failing = async () => {
    throw new Error('fell over')
  }
  await expect(race({ failing }, { rounds: 1, tell: () => {} })).rejects.toThrow('fell over')
})
