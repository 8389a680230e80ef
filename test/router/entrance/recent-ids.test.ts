import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineMessage } from '../../../src/index.ts'
import type { Envelope } from '../../../src/messages/message.ts'
import { type NamedCall, RecentIds } from '../../../src/router/entrance/recent-ids.ts'
import { ManualClock } from '../../fixtures/manual-clock.ts'

const Note = defineMessage('note', z.string())

function named(id: string, text = 'text'): NamedCall {
  return { call: 'publish', id, made: Note(text) as unknown as Envelope, target: 'note/a' }
}

function setUp(window: Partial<{ windowMs: number; max: number; bytes: number }> = {}) {
  const clock = new ManualClock()
  const ids = new RecentIds(clock, { windowMs: 100, max: 10, bytes: 1e6, ...window })
  return { clock, ids }
}

test('an id is remembered for its window', () => {
  const { clock, ids } = setUp()
  const outcome = {}
  ids.remember(named('a'), outcome)
  clock.advance(100)
  expect(ids.find(named('a'))).toBe(outcome)
  clock.advance(1)
  expect(ids.find(named('a'))).toBeUndefined()
  expect(ids.size).toBe(0)
})

test('the oldest ids are forgotten when there are too many, or their answers are too large', () => {
  const { ids } = setUp({ max: 3, bytes: 10_000 })
  const outcomes = Array.from({ length: 5 }, () => ({}))
  for (const [at, outcome] of outcomes.entries()) ids.remember(named(`${at}`), outcome)
  expect(outcomes.map((_, at) => ids.find(named(`${at}`)) !== undefined)).toEqual([
    ...[false, false, true, true, true],
  ])
  ids.grow(named('4'), outcomes[4] as object, 9_900)
  expect(ids.find(named('3'))).toBeUndefined()
  expect(ids.size).toBeLessThanOrEqual(1)
  ids.remember(named('large'), {})
  ids.grow(named('large'), {}, 1e9) // its call was forgotten meanwhile
  expect(ids.find(named('large'))).toBeDefined()
})

test('a large payload is not kept, nor a large id beyond the bytes', () => {
  const { ids } = setUp({ bytes: 5_000, max: 1_000_000 })
  for (let at = 0; at < 1_000; at++) ids.remember(named(`${at}`, 'x'.repeat(10_000)), {})
  expect(ids.size).toBeGreaterThan(5)
  expect(ids.size).toBeLessThan(30)
  ids.remember(named('y'.repeat(10_000)), {})
  expect(ids.size).toBe(0)
})

test('a refused call frees its id, but not a later call of that id', () => {
  const { ids } = setUp()
  const [first, second] = [{}, {}]
  ids.remember(named('a'), first)
  ids.forget(named('a'), first)
  ids.remember(named('a'), second)
  ids.forget(named('a'), first)
  expect(ids.find(named('a'))).toBe(second)
})
