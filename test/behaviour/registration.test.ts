import { expect, test } from 'vitest'
import { agentAt, defaultSubscription, type Runtime } from '../../src/index.ts'
import { countsFrom, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { configured, Who } from '../fixtures/odd-exports.ts'
import { Act, Ask, puppet, type Step } from '../fixtures/puppet.agent.ts'

const ODD = new URL('../fixtures/odd-exports.ts', import.meta.url)
const REPORT: Step[] = [{ do: 'value', value: 'heard' }, { do: 'report' }]

onBothRuntimes('an agent', ({ start, share }) => {
  const runtimeOf = share({ agents: [configured.with({ name: 'first' })] })

  test('is registered with its config, schema defaults filled in', async () => {
    expect(await runtimeOf().send(Who(), 'configured/a')).toBe('I am first')
  })

  test('is registered again under another name, with another config', async () => {
    const runtime = runtimeOf()
    await runtime.register(configured.with({ name: 'second', greeting: 'Call me' }).as('other'))
    expect(await runtime.send(Who(), 'other/a')).toBe('Call me second')
    expect(await runtime.send(Who(), 'configured/a')).toBe('I am first')
  })

  test('is registered by its module, which the main thread need not load', async () => {
    const runtime = runtimeOf()
    const config = { name: 'far' }
    await runtime.register(agentAt(ODD, { type: 'configured', as: 'far', config }))
    expect(await runtime.send(Who(), 'far/a')).toBe('I am far')
    expect(runtime.agents().find(({ type }) => type === 'far')).toMatchObject({
      kind: 'module',
      requests: ['who'],
    })
  })

  test('is registered while the runtime runs, on all lanes, and hears what is published from then on', async () => {
    const { agent, values } = collector()
    const runtime = await start({ lanes: 2, agents: [agent] })
    await runtime.publish(Act(REPORT), 'act/a')
    await runtime.idle()
    expect(runtime.stats()).toMatchObject({ accepted: 1, deadLettered: 1 })
    await runtime.register(puppet)
    for (const key of ['a', 'b', 'c']) await runtime.publish(Act(REPORT), `act/${key}`)
    await runtime.idle()
    expect(values()).toEqual(['heard', 'heard', 'heard'])
  })

  test('is listed with its metadata', async () => {
    const runtime = await start({ agents: [puppet.as('named')] })
    expect(runtime.agents()).toEqual([
      {
        type: 'named',
        description: 'Does as it is told.',
        kind: 'module',
        messages: ['act'],
        requests: ['ask', 'ask-number'],
        limits: [],
        subscriptions: [{ topic: 'act' }],
      },
    ])
  })
})

onBothRuntimes('a subscription', ({ share }) => {
  const { agent, said } = collector()
  const runtimeOf = share({ agents: [puppet, agent] })

  /** The agents that have reported after a publish on this topic. */
  async function heard(runtime: Runtime, topic: string): Promise<string[]> {
    await runtime.publish(Act(REPORT), topic)
    await runtime.idle()
    return said.splice(0).map(({ by }) => by)
  }

  test('holds from when it is made until it is removed', async () => {
    const runtime = runtimeOf()
    expect(await heard(runtime, 'news/a')).toEqual([])
    const id = await runtime.subscribe({ topic: 'news', agent: 'puppet' })
    expect(await heard(runtime, 'news/a')).toEqual(['puppet/a'])
    await runtime.unsubscribe(id)
    expect(await heard(runtime, 'news/a')).toEqual([])
  })

  test('of a prefix hears all its topic types', async () => {
    const runtime = runtimeOf()
    const id = await runtime.subscribe({ topicPrefix: 'puppet:', agent: 'puppet' })
    expect(await heard(runtime, 'puppet:rpc/a')).toEqual(['puppet/a'])
    expect(await heard(runtime, 'puppets/a')).toEqual([])
    await runtime.unsubscribe(id)
  })

  test('with a key of its own leads to a member', async () => {
    const runtime = runtimeOf()
    const id = await runtime.subscribe({ topic: 'talk', agent: 'puppet', key: '{source}/critic' })
    expect(await heard(runtime, 'talk/conv-7')).toEqual(['puppet/conv-7/critic'])
    await runtime.unsubscribe(id)
  })

  test('to the default topic connects the agents of a key', async () => {
    const runtime = runtimeOf()
    const id = await runtime.subscribe({ ...defaultSubscription, agent: 'puppet' })
    expect(await heard(runtime, 'default/session')).toEqual(['puppet/session'])
    await runtime.unsubscribe(id)
  })

  test('that leads to an agent id by two ways delivers once', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const ids = await Promise.all([
      runtime.subscribe({ topicPrefix: 'twice', agent: 'puppet' }),
      runtime.subscribe({ topic: 'twice', agent: 'puppet' }),
      runtime.subscribe({ topic: 'twice', agent: 'puppet', key: 'a' }),
    ])
    expect(await heard(runtime, 'twice/a')).toEqual(['puppet/a'])
    expect(counts().accepted).toBe(2) // one act, one report
    expect(await heard(runtime, 'twice/b')).toEqual(['puppet/b', 'puppet/a'])
    for (const id of ids) await runtime.unsubscribe(id)
  })

  test('to messages that the agent does not handle delivers nothing to it', async () => {
    const runtime = runtimeOf()
    const counts = countsFrom(runtime)
    const id = await runtime.subscribe({ topic: 'act', agent: 'collector' })
    expect(await heard(runtime, 'act/a')).toEqual(['puppet/a'])
    expect(counts()).toMatchObject({ accepted: 2, handled: 2 }) // one act, one report
    await runtime.unsubscribe(id)
  })

  test('brings a publish back to its sender only when the sender asks for it', async () => {
    const runtime = runtimeOf()
    const again = (toSelf: boolean): Step[] => {
      return [{ do: 'publish', steps: REPORT, topic: 'act/self', toSelf }]
    }
    await runtime.publish(Act(again(true)), 'act/self')
    await runtime.idle()
    expect(said.splice(0)).toEqual([{ by: 'puppet/self', value: 'heard' }])
    await runtime.publish(Act(again(false)), 'act/self')
    await runtime.idle()
    expect(said.splice(0)).toEqual([])
    expect((await runtime.deadLetters.list()).at(-1)).toMatchObject({
      sender: 'puppet/self',
      reason: { kind: 'no-subscriber' },
    })
  })

  test('brings a publish to the other instances of its sender’s type', async () => {
    const runtime = runtimeOf()
    const script: Step[] = [{ do: 'publish', steps: REPORT, topic: 'act/there' }]
    await runtime.send(Ask(script), 'puppet/here')
    await runtime.idle()
    expect(said.splice(0)).toEqual([{ by: 'puppet/there', value: 'heard' }])
  })
})
