import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Clock, systemClock as realClock } from '../src/clock.ts'

/**
 * Imported while the timers are fake, so that a test can move them: the clock takes the timers that
 * exist when it is imported.
 */
let systemClock: Clock

beforeEach(async () => {
  vi.useFakeTimers()
  vi.resetModules()
  systemClock = (await import('../src/clock.ts')).systemClock
})
afterEach(() => void vi.useRealTimers())

test('a clock that was imported before goes on with the real timers', async () => {
  const [now, wall] = [realClock.now(), realClock.wallNow()]
  await new Promise<void>((resolve) => realClock.after(1, resolve))
  await new Promise<void>((resolve) => realClock.soon(resolve))
  expect(realClock.now()).toBeGreaterThan(now)
  vi.setSystemTime(0)
  expect(realClock.wallNow()).toBeGreaterThanOrEqual(wall)
})

test('a timer is called once, after its milliseconds', () => {
  const called: string[] = []
  systemClock.after(10, () => called.push('ten'))
  systemClock.after(5, () => called.push('five'))
  vi.advanceTimersByTime(5)
  expect(called).toEqual(['five'])
  vi.advanceTimersByTime(100)
  expect(called).toEqual(['five', 'ten'])
})

test('a timer that is cancelled is never called', () => {
  const called: string[] = []
  const takeBack = systemClock.after(5, () => called.push('never'))
  takeBack()
  takeBack()
  vi.advanceTimersByTime(100)
  expect(called).toEqual([])
})

test('a timer of a month, longer than the machine’s own can be, is called after a month', () => {
  const DAY = 24 * 3_600_000
  const called: string[] = []
  systemClock.after(31 * DAY, () => called.push('a month'))
  const takeBack = systemClock.after(31 * DAY, () => called.push('never'))
  vi.advanceTimersByTime(1_000)
  expect(called).toEqual([])
  vi.advanceTimersByTime(30 * DAY)
  expect(called).toEqual([])
  takeBack()
  vi.advanceTimersByTime(DAY)
  expect(called).toEqual(['a month'])
})

test('a call that is due soon comes before any later timer', () => {
  const called: string[] = []
  systemClock.after(0, () => called.push('timer'))
  systemClock.soon(() => called.push('soon'))
  expect(called).toEqual([])
  vi.runAllTimers()
  expect(called.sort()).toEqual(['soon', 'timer'])
})

test('time never goes back', () => {
  const [now, wall] = [systemClock.now(), systemClock.wallNow()]
  vi.advanceTimersByTime(7)
  expect(systemClock.now() - now).toBe(7)
  expect(systemClock.wallNow() - wall).toBe(7)
})
