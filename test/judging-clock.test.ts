import { expect, test } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { judgingClock } from '../src/judging-clock.ts'
import { ManualClock } from './fixtures/manual-clock.ts'

const soon = () => new Promise<void>((resolve) => systemClock.soon(resolve))

test('a timer runs after the events that wait when it is due', async () => {
  const clock = new ManualClock()
  const order: string[] = []
  judgingClock(clock).after(10, () => order.push('judged'))
  clock.soon(() => order.push('arrived'))
  clock.advance(10)
  expect(order).toEqual([])
  await soon()
  expect(order).toEqual(['arrived', 'judged'])
})

test('a timer that is stopped by what arrived meanwhile does not run', async () => {
  const clock = new ManualClock()
  const order: string[] = []
  const stop = judgingClock(clock).after(10, () => order.push('judged'))
  clock.soon(stop)
  clock.advance(10)
  await soon()
  judgingClock(clock).after(10, () => order.push('late'))()
  expect(clock.pending).toBe(0)
  expect(order).toEqual([])
})
