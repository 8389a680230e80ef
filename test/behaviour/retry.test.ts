import { describe, expect, test } from 'vitest'
import { delayOf, resolveRetry } from '../../src/agents/retry.ts'
import type { TaskEvent } from '../../src/index.ts'
import { closureAgent, defineAgent, defineMessage, SingleThreadedRuntime } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { AskTry, Count, Try, TryOnce, trying } from '../fixtures/trying.agent.ts'

onBothRuntimes('a turn that fails', ({ start }) => {
  test('is tried again; its key waits, and only the attempt that succeeds leaves a trace', async () => {
    const { agent, values } = collector()
    const runtime = await start({ agents: [trying, agent] })
    await runtime.publish(Try({ failures: 2 }), 'try/a')
    await runtime.publish(Count(), 'count/a')
    await runtime.publish(Count(), 'count/b')
    await runtime.idle()
    expect(values().filter((value) => value === 3)).toEqual([3]) // the third attempt alone
    expect(runtime.stats()).toMatchObject({ deadLettered: 0 })
    expect((await runtime.saveState()).agents).toMatchObject({
      'trying/a': { count: '2' },
      'trying/b': { count: '1' },
    })
    // the deliveries behind it ran after it
    expect(values().indexOf(3)).toBeLessThan(values().lastIndexOf(2))
  })

  test('is a dead letter after its last attempt, with what went wrong each time', async () => {
    const runtime = await start({ agents: [trying] })
    await runtime.publish(Try({ failures: 9 }), 'try/a')
    await runtime.idle()
    const [letter] = await runtime.deadLetters.list()
    expect(letter).toMatchObject({
      reason: { kind: 'failed', error: { message: 'as told' } },
      attempts: 3,
      history: [
        { attempt: 1, kind: 'failed', error: { message: 'as told' } },
        { attempt: 2, kind: 'failed' },
      ],
    })
    const [first, second] = letter?.history ?? []
    // times of the router
    expect(second?.at).toBeGreaterThanOrEqual(first?.at ?? Number.NaN)
  })

  test('is not retried for errors that a retry would not fix, nor where its handler says so', async () => {
    const runtime = await start({ agents: [trying] })
    await runtime.publish(Try({ failures: 9, code: 'FINAL' }), 'try/a')
    await runtime.publish(TryOnce({ failures: 9 }), 'try-once/b')
    await runtime.idle()
    expect((await runtime.deadLetters.list()).map(({ attempts }) => attempts)).toEqual([1, 1])
  })

  test('answers its caller when it succeeds, or after its last attempt', async () => {
    const runtime = await start({ agents: [trying] })
    expect(await runtime.send(AskTry({ failures: 2 }), 'trying/a')).toBe(1)
    const asked = () => runtime.send(AskTry({ failures: 9 }), 'trying/b')
    await expectRefusal(asked, 'HEDDLE_REQUEST_FAILED')
  })

  test('retracts what each failed attempt emitted', async () => {
    const runtime = await start({ agents: [trying] })
    const task = await runtime.run(Try({ failures: 2 }), 'try/a')
    const seen: unknown[] = []
    for await (const event of task.events) seen.push(told(event))
    expect(seen).toEqual(['attempt 1', 'retracted', 'attempt 2', 'retracted', 'attempt 3'])
  })

  test('is not begun again once it is cancelled in its pause', async () => {
    const runtime = await start({ agents: [trying] })
    const task = await runtime.run(Try({ failures: 9 }), 'try/a')
    for await (const event of task.events) {
      if (event.kind === 'retracted') task.cancel('enough')
    }
    expect((await task.ended).stopReason).toEqual({ kind: 'cancelled', reason: 'enough' })
    expect(runtime.stats()).toMatchObject({ cancelled: 1, deadLettered: 0, inFlight: 0 })
  })

  test('shows to `inspect` that it will be tried again', async () => {
    const runtime = await start({ agents: [trying] })
    const outcomes: string[] = []
    runtime.inspect((record) => record.kind === 'turn' && outcomes.push(record.outcome))
    await runtime.publish(Try({ failures: 1 }), 'try/a')
    await runtime.idle()
    expect(outcomes).toEqual(['retried', 'handled'])
  })
})

function told(event: TaskEvent): unknown {
  return event.kind === 'emitted' ? event.event : event.kind
}

describe('the pause before another attempt', () => {
  const retry = resolveRetry({
    maxAttempts: 6,
    firstDelayMs: 10,
    factor: 4,
    maxDelayMs: 500,
    jitter: 0,
  })

  test('grows by its factor up to its maximum, and ends with the attempts', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((failures) => delayOf(retry, failures, undefined, 1))
    expect(delays).toEqual([10, 40, 160, 500, 500, undefined])
  })

  test('varies from message to message within its jitter, and not from run to run', () => {
    const varied = resolveRetry({ maxAttempts: 9, firstDelayMs: 100, jitter: 0.4 })
    const delays = Array.from({ length: 200 }, (_, at) => delayOf(varied, 1, undefined, at) ?? 0)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(60)
    expect(Math.max(...delays)).toBeLessThanOrEqual(100)
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(30)
    expect(delayOf(varied, 1, undefined, 7)).toBe(delays[7])
  })

  test('does not happen when the predicate itself throws', () => {
    const odd = resolveRetry({
      maxAttempts: 2,
      unless: () => {
        throw new Error('odd')
      },
    })
    expect(delayOf(odd, 1, undefined, 1)).toBeUndefined()
  })
})

describe('a retry policy', () => {
  const Note = defineMessage('note')
  test.each([
    { maxAttempts: 0 },
    { maxAttempts: 1.5 },
    { maxAttempts: 2, firstDelayMs: -1 },
    { maxAttempts: 2, factor: 0.5 },
    { maxAttempts: 2, jitter: 2 },
    { maxAttempts: 2, maxDelayMs: Number.NaN },
    { maxAttempts: 2, unless: 'TypeError' as never },
    'often' as never,
  ])('that is wrong is refused where it is given: %j', async (retry) => {
    const handlers = () => []
    const define = () => defineAgent('file:///a.ts', { type: 'a', retry, handlers })
    await expectRefusal(async () => define(), 'HEDDLE_INVALID_AGENT')
    const onHandler = () =>
      closureAgent({ type: 'a', handlers: (on) => [on(Note, () => {}, { retry })] })
    await expectRefusal(async () => onHandler(), 'HEDDLE_INVALID_AGENT')
  })

  test('holds for closure agents, too', async () => {
    let attempts = 0
    const glue = closureAgent({
      type: 'glue',
      retry: { maxAttempts: 2, firstDelayMs: 1 },
      handlers: (on) => [
        on(Note, () => {
          if (++attempts === 1) throw new Error('once')
        }),
      ],
    })
    const runtime = await SingleThreadedRuntime.start({ agents: [glue] })
    await runtime.publish(Note(), 'note/a')
    await runtime.idle()
    expect([attempts, runtime.stats().handled]).toEqual([2, 1])
    await runtime.stop()
  })
})
