/** A test that replaces the timers of its thread does not stop the runtime that it tests. */
import { afterEach, expect, test, vi } from 'vitest'
import { ThreadedRuntime } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

/** Replaces everything that vitest can replace on this thread. */
function useFakeTimers(): void {
  vi.useFakeTimers({
    toFake: [
      ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
      ...(['setImmediate', 'clearImmediate', 'queueMicrotask', 'Date', 'performance'] as const),
    ],
  })
}

afterEach(() => void vi.useRealTimers())

const LASTS = { timeout: 25_000 }

onBothRuntimes('with the timers of a test', ({ start }) => {
  test.each(['before', 'after'])('that were replaced %s the start', LASTS, async (when) => {
    if (when === 'before') useFakeTimers()
    const bounds = { messages: 1, policy: 'wait' } as const
    const runtime = await start({ agents: [puppet], bounds })
    if (when === 'after') useFakeTimers()
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
    // More messages than there is room for, so that the later ones wait.
    const published = [1, 2, 3].map(() => runtime.publish(Act([{ do: 'count' }]), 'act/a'))
    await Promise.all(published)
    await runtime.idle()
    expect(await runtime.send(Ask([{ do: 'count' }]), 'puppet/a')).toBe(4)
    const late = () => runtime.send(Ask([{ do: 'until-aborted' }]), 'puppet/b', { deadlineMs: 20 })
    await expectRefusal(late, 'HEDDLE_DEADLINE', '20 ms')
    await runtime.stop({ deadlineMs: 20 })
  })
})

test('with the timers of a test, a lane that dies is replaced', LASTS, async () => {
  useFakeTimers()
  const runtime = await ThreadedRuntime.start({ lanes: 1, agents: [puppet] })
  const died = { do: 'die', untilAttempt: 2 } as const
  expect(await runtime.send(Ask([died, { do: 'count' }]), 'puppet/a')).toBe(1)
  await runtime.stop()
})

test('with the timers of a test, simulated lanes run', LASTS, async () => {
  useFakeTimers()
  const { runtime } = await startSimulated({ agents: [puppet] })
  expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
  await runtime.stop()
})
