import { describe, expect, test } from 'vitest'
import { CLAIM_CELLS, Counters, NO_CLAIM } from '../../src/wire/counters.ts'

const slotsOf = (counters: Counters) => counters.running().map(({ slot }) => slot)

describe('a lane’s shared memory', () => {
  test('is visible to both sides', () => {
    const router = Counters.create(4)
    const lane = new Counters(router.buffer)
    expect([router.turns, lane.turns]).toEqual([4, 4])
    lane.waiting = 3
    expect(router.waiting).toBe(3)
  })

  test('shows which turns run now, cancelled ones too', () => {
    const counters = Counters.create(3)
    expect(slotsOf(counters)).toEqual([])
    counters.begin(0, 0)
    counters.begin(2, 41)
    expect(slotsOf(counters)).toEqual([0, 41])
    counters.cancel(41)
    expect(slotsOf(counters)).toEqual([0, 41])
    counters.end(0)
    expect(slotsOf(counters)).toEqual([41])
    counters.free(0)
    expect(slotsOf(counters)).toEqual([41])
  })

  test('shows which turns are not committed: those that run, and those that have ended', () => {
    const counters = Counters.create(3)
    counters.begin(0, 7)
    counters.begin(1, 8)
    counters.end(0)
    expect(counters.open()).toEqual([
      { slot: 7, since: undefined },
      { slot: 8, since: 0 },
    ])
    counters.free(0)
    expect(counters.open()).toEqual([{ slot: 8, since: 0 }])
  })

  test('shows whose code ended the thread: a turn’s, even in slot 0, an earlier turn’s, or unknown', () => {
    for (const culprit of [
      { kind: 'turn', slot: 0 },
      { kind: 'turn', slot: 41 },
      { kind: 'past-turn' },
      { kind: 'unknown' },
    ] as const) {
      const router = Counters.create(1)
      expect([router.hasLeft, router.culprit]).toEqual([false, { kind: 'unknown' }])
      new Counters(router.buffer).leave(culprit)
      expect([router.hasLeft, router.culprit]).toEqual([true, culprit])
    }
  })

  test('cancels the turn of a slot, even of slot 0, and no other', () => {
    const counters = Counters.create(2)
    counters.begin(0, 0)
    counters.begin(1, 7)
    counters.cancel(7)
    expect([counters.stopSign(0), counters.stopSign(1)]).toEqual([undefined, 'cancelled'])
    counters.cancel(0)
    expect(counters.stopSign(0)).toBe('cancelled')
  })

  test('does not carry a cancellation over to the next turn of the cell', () => {
    const counters = Counters.create(1)
    counters.begin(0, 5)
    counters.cancel(5)
    counters.end(0)
    counters.free(0)
    counters.begin(0, 6)
    expect(counters.stopSign(0)).toBeUndefined()
    expect(slotsOf(counters)).toEqual([6])
  })

  test('cancels nothing when the slot’s turn does not run', () => {
    const counters = Counters.create(1)
    counters.cancel(3)
    counters.begin(0, 3)
    expect(counters.stopSign(0)).toBeUndefined()
  })

  test('shows the lane how many cancellations there were, whether or not they hit a turn', () => {
    const router = Counters.create(1)
    const lane = new Counters(router.buffer)
    expect(lane.cancels).toBe(0)
    lane.begin(0, 3)
    router.cancel(3)
    router.cancel(4)
    expect(lane.cancels).toBe(2)
  })

  test('distinguishes an overdue turn from a cancelled one, which a later sign does not change', () => {
    const counters = Counters.create(2)
    counters.begin(0, 4)
    counters.begin(1, 5)
    counters.overdue(4)
    counters.cancel(5)
    counters.overdue(5)
    expect([counters.stopSign(0), counters.stopSign(1)]).toEqual(['overdue', 'cancelled'])
    expect(slotsOf(counters)).toEqual([4, 5])
  })

  test('keeps the tick in which each turn began', () => {
    const router = Counters.create(2)
    const lane = new Counters(router.buffer)
    router.tick = 3
    lane.begin(0, 1)
    router.tick = 9
    lane.begin(1, 2)
    expect(router.running()).toEqual([
      { slot: 1, since: 3 },
      { slot: 2, since: 9 },
    ])
  })

  test('carries the thread’s heartbeat and the fill of its heap', () => {
    const router = Counters.create(1)
    const lane = new Counters(router.buffer)
    lane.beat()
    lane.beat()
    lane.heapPercent = 34
    expect([router.beats, router.heapPercent]).toEqual([2, 34])
  })

  test('does not show a turn without a cell', () => {
    const counters = Counters.create(1)
    counters.begin(-1, 9)
    counters.end(-1)
    counters.free(-1)
    expect(slotsOf(counters)).toEqual([])
    expect(counters.stopSign(-1)).toBeUndefined()
  })

  test('gives a delivery to its lane or back to the router, never to both', () => {
    const router = Counters.create(1)
    const lane = new Counters(router.buffer)
    const [one, other] = [CLAIM_CELLS + 3, CLAIM_CELLS + 4]
    router.offer(one)
    router.offer(other)
    expect([router.isOffered(one), router.isOffered(other)]).toEqual([true, true])
    expect(lane.claim(one)).toBe(true)
    expect([router.isOffered(one), router.takeBack(one)]).toEqual([false, false])
    expect(router.takeBack(other)).toBe(true)
    expect([lane.claim(other), router.takeBack(other)]).toEqual([false, false])
    expect(lane.claim(one)).toBe(true) // in another attempt
    expect(slotsOf(router)).toEqual([])
  })

  test('does not confuse a delivery that was taken back with a later one in the same cell', () => {
    const counters = Counters.create(1)
    const [first, later] = [CLAIM_CELLS, 2 * CLAIM_CELLS]
    counters.offer(first)
    counters.takeBack(first)
    counters.offer(later)
    expect(counters.claim(first)).toBe(false)
    expect(counters.claim(later)).toBe(true)
  })

  test('lets a delivery without a claim begin, and never gives it back', () => {
    const counters = Counters.create(1)
    expect([counters.claim(NO_CLAIM), counters.takeBack(NO_CLAIM)]).toEqual([true, false])
  })
})
