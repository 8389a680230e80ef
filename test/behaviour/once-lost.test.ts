/** An effect whose result can't be kept is not done again either (D7). */
import { describe, expect, test } from 'vitest'
import {
  type Runtime,
  SingleThreadedRuntime,
  type Snapshot,
  ThreadedRuntime,
} from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector, gates } from '../fixtures/glue.ts'
import { MUCH, PayLost, paying } from '../fixtures/paying.agent.ts'

function bank() {
  const effects = new SharedArrayBuffer(12)
  const agent = paying.with({ effects })
  return { agent, done: () => new Int32Array(effects)[0] }
}

onBothRuntimes('turn.once', ({ start }) => {
  test.each([
    ['a function', 'HEDDLE_PAYLOAD_NOT_CLONEABLE'],
    ['much', 'HEDDLE_ONCE_FULL'],
  ] as const)(
    'an effect that gives %s, which can’t be kept, is not done again',
    async (gives, code) => {
      const { agent, done } = bank()
      const { agent: listener, values } = collector()
      const runtime = await start({ agents: [agent, listener], onceBytes: MUCH })
      await runtime.publish(PayLost({ gives, ends: 'throw' }), 'pay-lost/k')
      await runtime.idle()
      expect(values()).toEqual([code])
      expect(done()).toBe(1)
    },
  )

  test.each(['a function', 'much'] as const)(
    'a turn whose effect gives %s, which can’t be kept, is not tried again',
    async (gives) => {
      const { agent, done } = bank()
      const runtime = await start({ agents: [agent], onceBytes: MUCH })
      await runtime.publish(PayLost({ gives, ends: 'fail' }), 'pay-lost/k')
      await runtime.idle()
      expect(done()).toBe(1)
      expect(await runtime.deadLetters.list()).toMatchObject([{ attempts: 1 }])
    },
  )
})

test.each([
  ['a function', 'HEDDLE_PAYLOAD_NOT_CLONEABLE'],
  ['much', 'HEDDLE_ONCE_FULL'],
] as const)('that %s could not be kept is known on other lanes', async (gives, code) => {
  const { agent, done } = bank()
  const { agent: listener, values } = collector()
  const agents = [agent, listener]
  const options = { agents, lanes: 1, report: 'off', onceBytes: MUCH } as const
  const runtime = await ThreadedRuntime.start(options)
  try {
    await runtime.publish(PayLost({ gives, ends: 'exit' }), 'pay-lost/k')
    await runtime.idle()
    expect(values()).toEqual([code])
    expect(done()).toBe(1)
  } finally {
    await runtime.stop()
  }
})

describe('a snapshot of a turn that goes on', () => {
  type Start = (options: Parameters<typeof SingleThreadedRuntime.start>[0]) => Promise<Runtime>
  const kinds: [string, Start][] = [
    ['one thread', (options) => SingleThreadedRuntime.start(options)],
    ['threads', (options) => ThreadedRuntime.start({ ...options, lanes: 1 })],
    ['simulated lanes', async (options) => (await startSimulated({ ...options, seed: 3 })).runtime],
  ]

  test.each(kinds)('holds that a result could not be kept: %s', async (_, start) => {
    const { agent, done } = bank()
    const { agent: gate, entered } = gates()
    const first = await start({ agents: [agent, gate] })
    await first.publish(PayLost({ gives: 'a function', ends: 'wait' }), 'pay-lost/k')
    await entered('door')
    const snapshot = JSON.parse(JSON.stringify(await first.saveState())) as Snapshot
    await first.stop({ deadlineMs: 0 })
    const lost = { code: 'HEDDLE_PAYLOAD_NOT_CLONEABLE', path: 'payload.act' }
    const [saved] = snapshot.deliveries
    expect(saved?.recorded).toMatchObject([{ name: ':pay', lost }])
    const { agent: other, open } = gates()
    open('door')
    const second = await start({ agents: [agent, other] })
    await second.loadState(snapshot)
    await second.idle()
    expect(done()).toBe(1)
    await second.stop()
  })

  test('is refused when it says wrongly why a result was lost', async () => {
    const { agent } = bank()
    const { agent: gate, entered } = gates()
    const first = await SingleThreadedRuntime.start({ agents: [agent, gate], report: 'off' })
    await first.publish(PayLost({ gives: 'a function', ends: 'wait' }), 'pay-lost/k')
    await entered('door')
    const text = JSON.stringify(await first.saveState())
    await first.stop({ deadlineMs: 0 })
    const second = await SingleThreadedRuntime.start({ agents: [agent, gate], report: 'off' })
    for (const wrong of ['"lost":7', '"lost":{"code":"HEDDLE_ONCE_FULL"}', '"lost":{"code":"X"}']) {
      const changed = JSON.parse(text.replace(/"lost":\{[^}]*\}/, wrong)) as Snapshot
      await expect(second.loadState(changed)).rejects.toMatchObject({
        code: 'HEDDLE_INVALID_SNAPSHOT',
      })
    }
    await second.stop()
  })
})
