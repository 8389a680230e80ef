/**
 * D3: no turn, and no other function that the runtime calls, runs in an async context that is not
 * its own.
 */
import { expect, onTestFinished, test } from 'vitest'
import { closureAgent, type Intervention, type RuntimeOptions } from '../../src/index.ts'
import { Enter, Look, looking, store } from '../fixtures/careless.agent.ts'
import { collector } from '../fixtures/glue.ts'
import { Report } from '../fixtures/puppet.agent.ts'
import type { Make } from './runtimes.ts'
import { testRuntime } from './test-runtime.ts'

async function start(make: Make, options: RuntimeOptions) {
  const { runtime } = await store.run('starter', () => {
    return make.start(options, { maxLiveKeys: 50_000 })
  })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return runtime
}

testRuntime('D3', (make) => {
  test('D3 a turn sees no store of who published, asked or started', async () => {
    const seen: unknown[] = []
    const closure = closureAgent({
      type: 'closure',
      subscriptions: [{ topic: 'look' }],
      handlers: (on) => [on(Look, () => void seen.push(store.getStore()))],
    })
    const runtime = await start(make, { agents: [closure] })
    for (const name of ['ann', 'bob']) {
      await store.run(name, () => runtime.publish(Look({ tell: [] }), `look/${name}`))
    }
    await store.run('carl', () => runtime.idle())
    expect(seen).toEqual([undefined, undefined])
  })

  test('D3 a turn sees no store of the turn that sent it something', async () => {
    const { agent, said } = collector()
    const runtime = await start(make, { agents: [looking, agent] })
    await runtime.publish(Look({ as: 'ann', tell: ['b', 'c'] }), 'look/a')
    await runtime.publish(Enter('dora'), 'enter-store/d')
    await runtime.publish(Look({ as: 'bob', tell: ['b', 'd'] }), 'look/e')
    await runtime.publish(Look({ tell: [] }), 'look/f')
    await runtime.idle()
    expect(said).toHaveLength(11)
    expect(said.filter(({ value }) => value !== 'nothing')).toEqual([])
  })

  test('D3 no function that the runtime calls sees the store of the caller that caused the call', async () => {
    const seen = new Map<string, unknown[]>()
    const see = (where: string) => {
      const all = seen.get(where) ?? []
      seen.set(where, [...all, store.getStore()])
    }
    const intervention: Intervention = {
      onPublish: (message) => {
        see('onPublish')
        return message
      },
    }
    const { agent } = collector()
    const log = () => see('log')
    const runtime = await start(make, { agents: [agent], interventions: [intervention], log })
    store.run('ann', () => {
      runtime.inspect(() => see('inspect'))
      runtime.deadLetters.watch(() => see('dead letters'))
    })
    const report = Report({ by: 'test', value: 1 })
    await store.run('bob', () => runtime.publish(report, 'report/a'))
    await store.run('carl', () => runtime.publish(Look({ tell: [] }), 'look/nobody'))
    await runtime.idle()
    expect([...seen.keys()].toSorted()).toEqual(['dead letters', 'inspect', 'onPublish'])
    for (const [where, stores] of seen) expect(stores, where).toEqual(stores.map(() => undefined))
  })
})
