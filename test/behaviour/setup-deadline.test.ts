import { describe, expect, onTestFinished, test } from 'vitest'
import {
  defineAgent,
  defineMessage,
  defineResource,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from '../../src/index.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { signals, stuck, waiting } from '../fixtures/stuck.agent.ts'
import { expectRefusedUnharmed } from '../fixtures/unharmed.ts'

describe.each([
  ['an agent', stuck],
  ['a resource', waiting],
])('the setup of %s that never ends', (_, agent) => {
  test('is given up at its deadline, not before, and is reported', async () => {
    const clock = new ManualClock()
    const options = { agents: [puppet], clock, setupDeadlineMs: 500 }
    const runtime = await SingleThreadedRuntime.start(options)
    onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
    const registering = runtime.register(agent)
    let refused = false
    registering.catch(() => {
      refused = true
    })
    while (clock.pending === 0) await new Promise<void>((next) => clock.soon(next))
    clock.advance(499)
    await new Promise<void>((next) => clock.soon(next))
    expect(refused).toBe(false)
    clock.advance(1)
    const parts = [`'${agent.type}'`, 'not done within 500 ms']
    await expectRefusedUnharmed(runtime, () => registering, 'HEDDLE_SETUP_FAILED', ...parts)
    await runtime.stop({ deadlineMs: 0 })
    expect(signals.at(-1)?.aborted).toBe(true)
  }, 5_000)

  test('is given up at its deadline on a thread, and nothing of the start is left', async () => {
    const options = { lanes: 2, agents: [agent], setupDeadlineMs: 1_000 }
    const start = () => ThreadedRuntime.start(options)
    const parts = [`'${agent.type}'`, 'not done within 1000 ms']
    await expectRefusal(start, 'HEDDLE_SETUP_FAILED', ...parts)
  })
})

test('a resource that is set up after the stop is disposed at once', async () => {
  const clock = new ManualClock()
  const runtime = await SingleThreadedRuntime.start({ clock, setupDeadlineMs: 500 })
  const connected = Promise.withResolvers<object>()
  const disposed: unknown[] = []
  const allDisposed = Promise.withResolvers<void>()
  const dispose = (made: object) => {
    disposed.push(made)
    if (disposed.length === 2) allDisposed.resolve()
  }
  const client = defineResource({ name: 'client', setup: () => connected.promise, dispose })
  const Word = defineMessage('word')
  const agent = defineAgent(import.meta.url, {
    type: 'late',
    uses: { client },
    setup: ({ resources }) => ({ made: resources.client }),
    dispose,
    handlers: (on) => [on(Word, () => {})],
  })
  const registering = runtime.register(agent)
  registering.catch(() => {})
  while (clock.pending === 0) await new Promise<void>((next) => clock.soon(next))
  clock.advance(500)
  await expectRefusal(() => registering, 'HEDDLE_SETUP_FAILED')
  await runtime.stop({ deadlineMs: 0 })
  expect(disposed).toEqual([])
  const made = {}
  connected.resolve(made)
  await allDisposed.promise
  expect(disposed).toEqual([made, { made }])
})
