/** A cancellation that comes too late for its delivery does not hit another. */
import { expect, test } from 'vitest'
import { closureAgent, SingleThreadedRuntime } from '../../src/index.ts'
import { Act, Ask, Report } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

test('a request given up after its turn has ended cancels nothing else', async () => {
  const [answer, tell] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const begun = new Set<string>()
  const heard: unknown[] = []
  const answering = closureAgent({
    type: 'answering',
    handlers: (on) => [
      on(Ask, async () => {
        begun.add('answering')
        await answer.promise
      }),
    ],
  })
  const telling = closureAgent({
    type: 'telling',
    handlers: (on) => [
      on(Act, async (_, turn) => {
        begun.add('telling')
        await tell.promise
        for (const value of [1, 2, 3]) turn.publish(Report({ by: 'telling', value }))
      }),
    ],
  })
  const hearing = closureAgent({
    type: 'hearing',
    handlers: (on) => [on(Report, ({ value }) => void heard.push(value))],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [answering, telling, hearing] })
  try {
    const controller = new AbortController()
    const asked = runtime.send(Ask([]), 'answering/a', { signal: controller.signal })
    const refused = expectRefusal(() => asked, 'HEDDLE_CANCELLED')
    await runtime.publish(Act([]), 'act/b')
    while (begun.size < 2) await new Promise<void>((next) => setImmediate(next))
    answer.resolve()
    tell.resolve()
    // Both turns end now; their results are not posted yet.
    for (let microtask = 0; microtask < 50; microtask++) await undefined
    controller.abort('too late')
    await refused
    await runtime.idle()
    expect(heard).toEqual([1, 2, 3])
    expect(runtime.stats()).toMatchObject({ accepted: 5, handled: 5, cancelled: 0 })
  } finally {
    await runtime.stop()
  }
})

test('a message that a turn published before its task was cancelled, and that nobody has read yet, is cancelled too', async () => {
  const [begun, tell] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const heard: unknown[] = []
  const telling = closureAgent({
    type: 'telling',
    handlers: (on) => [
      on(Act, async (_, turn) => {
        begun.resolve()
        await tell.promise
        for (const value of [1, 2]) turn.publish(Report({ by: 'telling', value }))
      }),
    ],
  })
  const hearing = closureAgent({
    type: 'hearing',
    handlers: (on) => [on(Report, ({ value }) => void heard.push(value))],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [telling, hearing] })
  try {
    const task = await runtime.run(Act([]), 'act/a')
    await begun.promise
    tell.resolve()
    // Its turn ends now; the result is not posted yet.
    for (let microtask = 0; microtask < 50; microtask++) await undefined
    task.cancel('enough')
    expect((await task.ended).stopReason).toEqual({ kind: 'cancelled', reason: 'enough' })
    expect(heard).toEqual([])
    expect(runtime.stats()).toMatchObject({ accepted: 3, handled: 1, cancelled: 2 })
  } finally {
    await runtime.stop()
  }
})
