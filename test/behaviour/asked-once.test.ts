/** A reply that one attempt of a turn got also holds for its next attempts (D7). */
import { expect, test } from 'vitest'
import { ThreadedRuntime } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector, gates } from '../fixtures/glue.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'
import { Relay, relaying, trying } from '../fixtures/trying.agent.ts'

onBothRuntimes('a turn that is tried again', ({ start }) => {
  test('gets its earlier answer to the same request, and asks nobody again', async () => {
    const { agent, said } = collector()
    const runtime = await start({ agents: [relaying, trying, agent] })
    await runtime.publish(Relay({ failures: 2, way: 'throw', varied: false }), 'relay/a')
    await runtime.idle()
    expect(said.filter(({ by }) => by === 'relay')).toEqual([{ by: 'relay', value: 1 }])
    expect((await runtime.saveState()).agents).toMatchObject({ 'trying/other': { count: '1' } })
  })

  test('sends a different request', async () => {
    const { agent, said } = collector()
    const runtime = await start({ agents: [relaying, trying, agent] })
    await runtime.publish(Relay({ failures: 2, way: 'throw', varied: true }), 'relay/a')
    await runtime.idle()
    expect(said.filter(({ by }) => by === 'relay')).toEqual([{ by: 'relay', value: 3 }])
  })
})

test('a turn whose lane died gets its earlier answer', async () => {
  const { agent, said } = collector()
  const runtime = await ThreadedRuntime.start({ agents: [relaying, trying, agent], lanes: 1 })
  try {
    await runtime.publish(Relay({ failures: 1, way: 'exit', varied: false }), 'relay/a')
    await runtime.idle()
    expect(said.filter(({ by }) => by === 'relay')).toEqual([{ by: 'relay', value: 1 }])
    expect(runtime.stats()).toMatchObject({ deadLettered: 0 })
  } finally {
    await runtime.stop()
  }
})

test('a turn whose lane died while it waited, waits for the same answer again', async () => {
  const { agent: gate, entered, open } = gates()
  const runtime = await ThreadedRuntime.start({ agents: [puppet, gate], lanes: 1 })
  try {
    await runtime.publish(Act([{ do: 'gate', at: 'door' }, { do: 'count' }]), 'act/a')
    await entered('door')
    await runtime.publish(Act([{ do: 'die', untilAttempt: 2 }]), 'act/b')
    const { promise: back, resolve } = Promise.withResolvers<void>()
    runtime.inspect((record) => record.kind === 'lane-started' && resolve())
    await back
    open('door')
    await runtime.idle()
    // Two publishes, and one request, though two attempts sent it.
    expect(runtime.stats()).toMatchObject({ accepted: 3, handled: 3 })
    expect((await runtime.saveState()).agents).toMatchObject({ 'puppet/a': { count: '1' } })
  } finally {
    await runtime.stop()
  }
})
