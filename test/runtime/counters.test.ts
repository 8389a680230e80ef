import { describe, expect, test } from 'vitest'
import { Counters } from '../../src/runtime/counters.ts'

describe('a lane’s shared memory', () => {
  test('is seen by both sides', () => {
    const router = Counters.create(4)
    const lane = new Counters(router.buffer)
    expect([router.turns, lane.turns]).toEqual([4, 4])
    lane.waiting = 3
    expect(router.waiting).toBe(3)
  })

  test('tells which turns run now, cancelled ones too', () => {
    const counters = Counters.create(3)
    expect(counters.running()).toEqual([])
    counters.begin(0, 0)
    counters.begin(2, 41)
    expect(counters.running()).toEqual([0, 41])
    counters.cancel(41)
    expect(counters.running()).toEqual([0, 41])
    counters.end(0)
    expect(counters.running()).toEqual([41])
  })

  test('cancels the turn of a slot, slot 0 too, and no other', () => {
    const counters = Counters.create(2)
    counters.begin(0, 0)
    counters.begin(1, 7)
    counters.cancel(7)
    expect([counters.isCancelled(0), counters.isCancelled(1)]).toEqual([false, true])
    counters.cancel(0)
    expect(counters.isCancelled(0)).toBe(true)
  })

  test('does not carry a cancellation over to the next turn of the cell', () => {
    const counters = Counters.create(1)
    counters.begin(0, 5)
    counters.cancel(5)
    counters.end(0)
    counters.begin(0, 6)
    expect(counters.isCancelled(0)).toBe(false)
    expect(counters.running()).toEqual([6])
  })

  test('cancels nothing when the slot’s turn does not run', () => {
    const counters = Counters.create(1)
    counters.cancel(3)
    counters.begin(0, 3)
    expect(counters.isCancelled(0)).toBe(false)
  })

  test('tells the lane how many cancellations there were, hit or miss', () => {
    const router = Counters.create(1)
    const lane = new Counters(router.buffer)
    expect(lane.cancels).toBe(0)
    lane.begin(0, 3)
    router.cancel(3)
    router.cancel(4)
    expect(lane.cancels).toBe(2)
  })

  test('leaves a turn without a cell unseen', () => {
    const counters = Counters.create(1)
    counters.begin(-1, 9)
    counters.end(-1)
    expect(counters.running()).toEqual([])
    expect(counters.isCancelled(-1)).toBe(false)
  })
})
