import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { Scheduler } from '../../src/testing/scheduler.ts'

/**
 * Resolves when the scheduler has nothing more to do, since all its steps are `soon` events, and so
 * is this one.
 */
async function ended(scheduler: Scheduler): Promise<void> {
  for (let steps = -1; steps !== scheduler.steps; ) {
    steps = scheduler.steps
    for (let more = 0; more < 3; more++) await new Promise<void>((next) => systemClock.soon(next))
  }
}

/** Plays ten events in each of three streams. */
async function play(seed: number): Promise<string[]> {
  const scheduler = new Scheduler(seed)
  const order: string[] = []
  for (const stream of ['a', 'b', 'c'].map((name) => ({ name }))) {
    for (let index = 0; index < 10; index++) {
      scheduler.add(stream, () => order.push(`${stream.name}${index}`))
    }
  }
  await ended(scheduler)
  return order
}

describe('the scheduler', () => {
  test('keeps the order within a stream, and mixes streams by its seed', async () => {
    const orders = await Promise.all([1, 2, 3, 4, 5].map(play))
    for (const order of orders) {
      expect(order).toHaveLength(30)
      for (const name of ['a', 'b', 'c']) {
        expect(order.filter((event) => event.startsWith(name))).toEqual(
          Array.from({ length: 10 }, (_, index) => `${name}${index}`),
        )
      }
    }
    expect(new Set(orders.map(String)).size).toBe(5)
  })

  test('makes the same choices for the same seed', async () => {
    expect(await play(42)).toEqual(await play(42))
  })

  test('forgets the events of a stream that is dropped', async () => {
    const scheduler = new Scheduler(1)
    const stream = {}
    const order: string[] = []
    scheduler.add(stream, () => order.push('dropped'))
    scheduler.add({}, () => order.push('kept'))
    scheduler.drop(stream)
    await ended(scheduler)
    expect(order).toEqual(['kept'])
  })

  test('moves its clock when nothing else can happen, timer by timer', async () => {
    const scheduler = new Scheduler(1)
    const clock = scheduler.clockFor({})
    const order: string[] = []
    clock.after(60_000, () => order.push('late'))
    clock.after(1_000, () => {
      order.push('early')
      clock.soon(() => order.push('soon'))
    })
    clock.after(1_002, () => order.push('early too'))
    const takeBack = clock.after(10, () => order.push('never'))
    takeBack()
    await ended(scheduler)
    expect(order).toEqual(['early', 'soon', 'early too', 'late'])
    expect(clock.wallNow()).toBeGreaterThanOrEqual(60_000)
  })

  test('lets a timer that is nearly due be one of the events, before and after those of a stream', async () => {
    const places = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      const scheduler = new Scheduler(seed)
      const clock = scheduler.clockFor({})
      const order: string[] = []
      clock.after(1, () => order.push('timer'))
      for (let index = 0; index < 3; index++) clock.soon(() => order.push('event'))
      await ended(scheduler)
      places.add(order.indexOf('timer'))
    }
    expect([...places].sort()).toEqual([0, 1, 2, 3])
  })
})
