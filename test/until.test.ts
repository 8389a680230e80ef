import { expect, test } from 'vitest'
import { allEnded, allOf, bounded, inSteps, pause, untilAborted, untilLate } from '../src/until.ts'
import { ManualClock } from './fixtures/manual-clock.ts'

const never = () => new Promise<never>(() => {})

test('what settles in time is what it was, and leaves no timer', async () => {
  const clock = new ManualClock()
  expect(await untilLate(clock, 10, Promise.resolve(1), () => 2)).toBe(1)
  const failure = new Error('as it was')
  await expect(untilLate(clock, 10, Promise.reject(failure), () => 2)).rejects.toBe(failure)
  expect(clock.pending).toBe(0)
})

test('what is late is replaced, by a value or by an error, and not before its time', async () => {
  const clock = new ManualClock()
  let settled = false
  const value = untilLate(clock, 10, never(), () => 2)
  void value.then(() => {
    settled = true
  })
  const refused = untilLate(clock, 10, never(), () => {
    throw new RangeError('late')
  })
  refused.catch(() => {})
  clock.advance(9)
  await Promise.resolve()
  expect(settled).toBe(false)
  clock.advance(1)
  expect(await value).toBe(2)
  await expect(refused).rejects.toThrow('late')
})

test('work that fails after it was given up is not an unhandled rejection', async () => {
  const clock = new ManualClock()
  const { promise: work, reject } = Promise.withResolvers<never>()
  const late = untilLate(clock, 1, work, () => 'given up')
  const { promise: other, reject: rejectOther } = Promise.withResolvers<never>()
  const aborting = new AbortController()
  const aborted = untilAborted(other, aborting.signal)
  aborted.catch(() => {})
  clock.advance(1)
  aborting.abort(new Error('aborted'))
  expect(await late).toBe('given up')
  await expect(aborted).rejects.toThrow('aborted')
  reject(new Error('nobody waits any more'))
  rejectOther(new Error('nobody waits any more'))
  await new Promise<void>((next) => clock.soon(next)) // the test runner fails on what is unhandled
})

test('a signal ends a wait with its reason, before it began too, and not after it ended', async () => {
  const { signal } = new AbortController()
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
  expect(await untilAborted(Promise.resolve(1), undefined)).toBe(1)
  const reason = new Error('the reason')
  await expect(untilAborted(never(), AbortSignal.abort(reason))).rejects.toBe(reason)
  const aborting = new AbortController()
  const wait = untilAborted(never(), aborting.signal)
  wait.catch(() => {})
  aborting.abort(reason)
  await expect(wait).rejects.toBe(reason)
})

test('a pause ends in its time, or with its signal, and leaves no timer', async () => {
  const clock = new ManualClock()
  const stopping = new AbortController()
  const whole = pause(clock, 10, stopping.signal)
  clock.advance(10)
  await whole
  const cut = pause(clock, 10, stopping.signal)
  stopping.abort()
  await cut
  await pause(clock, 10, stopping.signal)
  expect(clock.pending).toBe(0)
})

test('bounded waits together are bounded', async () => {
  const clock = new ManualClock()
  const soon = () => untilLate(clock, 10, never(), () => 1)
  const steps = inSteps(async () => {
    const [one] = await bounded(allOf([soon(), soon()]))
    const ended = await bounded(allEnded([soon(), inSteps(() => Promise.reject(new Error('no')))]))
    return [one, ended.map(({ status }) => status)]
  })
  for (let n = 0; n < 2; n++) {
    clock.advance(10)
    await new Promise<void>((next) => clock.soon(next))
  }
  expect(await steps).toEqual([1, ['fulfilled', 'rejected']])
})
