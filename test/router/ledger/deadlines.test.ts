import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deadlines } from '../../../src/router/ledger/deadlines.ts'
import { ManualClock } from '../../fixtures/manual-clock.ts'

/** Deadlines on a clock that the test moves, and what expired when. */
function setUp() {
  const clock = Object.assign(new ManualClock(), { takesInFirst: true as const })
  const deadlines = new Deadlines(clock)
  const expired: (readonly [name: string, at: number])[] = []
  const wait = (name: string) => ({ expire: () => void expired.push([name, clock.now()]) })
  return { clock, deadlines, expired, wait }
}

test('each wait that is not removed expires once, when its time is over', () => {
  const step = fc
    .record({
      after: fc.nat(9),
      ms: fc.constantFrom(1, 5, 20),
      removedAfter: fc.option(fc.integer({ min: 1, max: 25 })),
    })
    .filter(({ ms, removedAfter }) => ms !== removedAfter)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const { clock, deadlines, expired, wait } = setUp()
      const pass = (ms: number) => {
        for (let at = 0; at < ms; at++) clock.advance(1)
      }
      const wanted: (readonly [string, number])[] = []
      for (const [index, { after, ms, removedAfter }] of steps.entries()) {
        pass(after)
        const one = wait(String(index))
        deadlines.add(one, ms)
        if (removedAfter === null || removedAfter > ms)
          wanted.push([String(index), clock.now() + ms])
        if (removedAfter !== null) clock.after(removedAfter, () => deadlines.remove(one, ms))
      }
      pass(100)
      const order = (list: typeof wanted) =>
        list.toSorted((one, other) => Number(one[0]) - Number(other[0]))
      expect(order(expired)).toEqual(order(wanted))
      expect(clock.pending).toBe(0)
    }),
  )
})

test('a thousand waits of one duration have one timer, and none when all have ended', () => {
  const { clock, deadlines, wait } = setUp()
  const waits = Array.from({ length: 1_000 }, (_, index) => wait(String(index)))
  for (const one of waits) deadlines.add(one, 30_000)
  expect(clock.pending).toBe(1)
  for (const one of waits) deadlines.remove(one, 30_000)
  expect(clock.pending).toBe(0)
})

test('the callback of an expired wait may remove others, and add new ones', () => {
  const { clock, deadlines, expired, wait } = setUp()
  const victim = wait('victim')
  const later = wait('later')
  deadlines.add(
    {
      expire: () => {
        deadlines.remove(victim, 5)
        deadlines.add(later, 5)
      },
    },
    5,
  )
  deadlines.add(victim, 5)
  clock.advance(5)
  expect(expired).toEqual([])
  clock.advance(5)
  expect(expired).toEqual([['later', 10]])
})

test('durations without waits are not remembered, whether the waits expired or were removed', () => {
  const { clock, deadlines, wait } = setUp()
  for (let ms = 1; ms <= 1_000; ms++) {
    deadlines.add(wait('expires'), ms + 0.5)
    const removed = wait('removed')
    deadlines.add(removed, ms)
    deadlines.remove(removed, ms)
  }
  expect(deadlines.durations).toBe(1_000)
  clock.advance(2_000)
  expect(deadlines.durations).toBe(0)
})
