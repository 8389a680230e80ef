import { describe, expect, test } from 'vitest'
import { Counters, claimOf, NO_CLAIM, postedBetween } from '../../src/wire/counters.ts'

/** Slots in three chunks of cells. */
const FAR = [0, 1, 4_095, 4_096, 100_000]

describe('a lane’s shared memory', () => {
  test('is visible to both sides', () => {
    const router = Counters.create()
    const lane = new Counters(router.shared)
    lane.waiting = 3
    expect(router.waiting).toBe(3)
  })

  test('has a cell for each slot, which is made once, and known to the lane from then on', () => {
    const router = Counters.create()
    const lane = new Counters(router.shared)
    const grown = FAR.flatMap((slot) => router.grow(slot) ?? [])
    expect(grown.map(({ chunk }) => chunk)).toEqual([1, 24])
    expect(FAR.map((slot) => router.grow(slot))).toEqual(FAR.map(() => undefined))
    for (const { chunk, cells } of grown) {
      lane.learn(chunk, cells)
      router.learn(chunk, cells) // a lane that shares this object with the router does so
    }
    for (const slot of FAR) lane.begin(slot)
    expect(FAR.map((slot) => router.since(slot))).toEqual([0, 0, 0, 0, 0])
    lane.end(4_096)
    expect(FAR.filter((slot) => router.since(slot) === undefined)).toEqual([4_096])
    expect(router.since(2)).toBeUndefined()
  })

  test('shows which turns run now, cancelled ones too', () => {
    const counters = Counters.create()
    const running = () => [0, 41].filter((slot) => counters.since(slot) !== undefined)
    expect(running()).toEqual([])
    counters.begin(0)
    counters.begin(41)
    expect(running()).toEqual([0, 41])
    counters.cancel(41)
    expect(running()).toEqual([0, 41])
    counters.end(0)
    expect(running()).toEqual([41])
    counters.free(0)
    expect(running()).toEqual([41])
  })

  test('shows which turns are not committed: those that run, and those that have ended', () => {
    const counters = Counters.create()
    const open = () => [7, 8, 9].filter((slot) => counters.isOpen(slot))
    counters.begin(7)
    counters.begin(8)
    counters.end(7)
    expect(open()).toEqual([7, 8])
    counters.free(7)
    expect(open()).toEqual([8])
  })

  test('shows nothing of an earlier turn to a delivery that gets its slot', () => {
    const counters = Counters.create()
    counters.begin(7)
    counters.end(7) // the lane dies before it frees the cell
    counters.offer(7, claimOf(1))
    expect(counters.isOpen(7)).toBe(false)
  })

  test('shows whose code ended the thread: a turn’s, even in slot 0, an earlier turn’s, or unknown', () => {
    for (const culprit of [
      { kind: 'turn', slot: 0 },
      { kind: 'turn', slot: 41 },
      { kind: 'past-turn' },
      { kind: 'unknown' },
    ] as const) {
      const router = Counters.create()
      expect([router.hasLeft, router.culprit]).toEqual([false, { kind: 'unknown' }])
      new Counters(router.shared).leave(culprit)
      expect([router.hasLeft, router.culprit]).toEqual([true, culprit])
    }
  })

  test('cancels the turn of a slot, even of slot 0, and no other', () => {
    const counters = Counters.create()
    counters.begin(0)
    counters.begin(7)
    counters.cancel(7)
    expect([counters.stopSign(0), counters.stopSign(7)]).toEqual([undefined, 'cancelled'])
    counters.cancel(0)
    expect(counters.stopSign(0)).toBe('cancelled')
  })

  test('does not carry a cancellation over to the next turn of the slot', () => {
    const counters = Counters.create()
    counters.begin(5)
    counters.cancel(5)
    counters.end(5)
    counters.free(5)
    counters.begin(5)
    expect(counters.stopSign(5)).toBeUndefined()
    expect(counters.since(5)).toBe(0)
  })

  test('cancels nothing when the slot’s turn does not run', () => {
    const counters = Counters.create()
    counters.cancel(3)
    counters.begin(3)
    expect(counters.stopSign(3)).toBeUndefined()
    counters.end(3)
    counters.cancel(3)
    expect([counters.stopSign(3), counters.isOpen(3)]).toEqual([undefined, true])
  })

  test('shows the lane how many cancellations there were, whether or not they hit a turn', () => {
    const router = Counters.create()
    const lane = new Counters(router.shared)
    expect(lane.cancels).toBe(0)
    lane.begin(3)
    router.cancel(3)
    router.cancel(4)
    expect(lane.cancels).toBe(2)
  })

  test('distinguishes an overdue turn from a cancelled one, which a later sign does not change', () => {
    const counters = Counters.create()
    counters.begin(4)
    counters.begin(5)
    counters.overdue(4)
    counters.cancel(5)
    counters.overdue(5)
    expect([counters.stopSign(4), counters.stopSign(5)]).toEqual(['overdue', 'cancelled'])
    expect([counters.since(4), counters.since(5)]).toEqual([0, 0])
  })

  test('keeps the tick in which each turn began, even when ticks have become large', () => {
    for (const tick of [3, 2 ** 28 - 2, 2 ** 28 - 1, 2 ** 28]) {
      const router = Counters.create()
      const lane = new Counters(router.shared)
      router.tick = tick
      lane.begin(1)
      router.tick = tick + 6
      lane.begin(2)
      router.overdue(2)
      expect([router.since(1), router.since(2)]).toEqual([tick, tick + 6])
    }
  })

  test('carries the thread’s heartbeat and the fill of its heap', () => {
    const router = Counters.create()
    const lane = new Counters(router.shared)
    lane.beat()
    lane.beat()
    lane.heapPercent = 34
    expect([router.beats, router.heapPercent]).toEqual([2, 34])
  })

  test('gives a delivery to its lane or back to the router, never to both', () => {
    const router = Counters.create()
    const lane = new Counters(router.shared)
    const [one, other] = [claimOf(1), claimOf(2)]
    router.offer(3, one)
    router.offer(4, other)
    expect([router.hasBegun(3, one), router.hasBegun(4, other)]).toEqual([false, false])
    expect(lane.claim(3, one)).toBe(true)
    expect([router.hasBegun(3, one), router.takeBack(3, one)]).toEqual([true, false])
    expect(router.takeBack(4, other)).toBe(true)
    expect([lane.claim(4, other), router.takeBack(4, other)]).toEqual([false, false])
    expect(lane.claim(3, one)).toBe(true) // in another attempt
    expect([router.isOpen(3), router.isOpen(4)]).toEqual([false, false])
  })

  test('does not confuse a delivery that was taken back with a later one in the same slot', () => {
    const counters = Counters.create()
    const [first, later] = [claimOf(1), claimOf(2)]
    counters.offer(3, first)
    counters.takeBack(3, first)
    counters.offer(3, later)
    expect(counters.claim(3, first)).toBe(false)
    expect(counters.claim(3, later)).toBe(true)
  })

  test('lets a delivery without a claim begin, and never gives it back', () => {
    const counters = Counters.create()
    counters.offer(0, NO_CLAIM)
    expect([counters.claim(0, NO_CLAIM), counters.takeBack(0, NO_CLAIM)]).toEqual([true, false])
    expect(counters.hasBegun(0, NO_CLAIM)).toBe(false)
    counters.begin(0)
    expect(counters.hasBegun(0, NO_CLAIM)).toBe(true)
  })
})

test('a claim is a positive number of 31 bits, and no other one for two thousand million postings', () => {
  const last = 2 ** 31 - 1
  expect([1, last, last + 1, 2 * last + 1].map(claimOf)).toEqual([1, last, 1, 1])
  expect(postedBetween(claimOf(5), claimOf(9))).toBe(4)
  expect(postedBetween(claimOf(last - 1), claimOf(last + 3))).toBe(4)
})
