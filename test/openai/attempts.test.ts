/** Calls that are made again, without a provider. */
import { expect, test, vi } from 'vitest'
import { HeddleError } from '../../src/errors.ts'
import { inAttempts } from '../../src/models/attempts.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'

const failed = (retryable: boolean) => {
  const fields = { model: 'small', problem: 'busy', kind: 'server', retryable } as const
  return new HeddleError('HEDDLE_MODEL_FAILED', fields)
}

test('no attempt is made after an abort', async () => {
  const clock = new ManualClock()
  const ending = new AbortController()
  let made = 0
  const parts = inAttempts({ retries: 9, clock, signal: ending.signal }, async function* () {
    made++
    yield await Promise.reject(failed(true))
  })
  const next = parts.next()
  next.catch(() => {})
  await vi.waitFor(() => expect(clock.pending).toBe(1))
  ending.abort('enough')
  await expect(next).rejects.toBe('enough')
  expect(made).toBe(1)
})

test('the waits grow, and end', async () => {
  const clock = new ManualClock()
  const waits: number[] = []
  const spied = vi.spyOn(clock, 'after').mockImplementation((ms, run) => {
    waits.push(ms)
    queueMicrotask(run)
    return () => {}
  })
  const { signal } = new AbortController()
  const parts = inAttempts({ retries: 6, clock, signal }, async function* () {
    yield await Promise.reject(failed(true))
  })
  await expect(parts.next()).rejects.toMatchObject({ fields: { attempts: 7 } })
  const most = [500, 1_000, 2_000, 4_000, 8_000, 8_000]
  expect(waits).toHaveLength(most.length)
  for (const [at, ms] of waits.entries()) {
    expect(ms).toBeLessThanOrEqual(most[at] as number)
    expect(ms).toBeGreaterThanOrEqual((most[at] as number) / 2)
  }
  spied.mockRestore()
})

test.each([
  ['is not to be tried again', failed(false)],
  ['is of another kind', new TypeError('a defect')],
])('what %s is thrown as it is', async (_, error) => {
  const { signal } = new AbortController()
  const options = { retries: 9, clock: new ManualClock(), signal }
  const parts = inAttempts(options, async function* () {
    yield await Promise.reject(error)
  })
  await expect(parts.next()).rejects.toBe(error)
})
