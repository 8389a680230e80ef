/** A snapshot that is damaged, or not for this runtime, changes nothing. */
import { expect, test } from 'vitest'
import type { Snapshot } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { gates } from '../fixtures/glue.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const good: Snapshot = { version: 2, agents: { 'puppet/a': { count: '7' } }, deliveries: [] }

const DAMAGED: [name: string, snapshot: unknown, ...parts: string[]][] = [
  ['nothing', undefined],
  ['a string', JSON.stringify(good)],
  ['another version', { ...good, version: 3 }, 'version 1 or 2'],
  ['no agents', { version: 1 }],
  ['agents that are a list', { version: 1, agents: [good] }],
  [
    'an agent that is not registered',
    { version: 1, agents: { 'puppet/a': {}, 'nobody/a': {} } },
    'not registered: nobody',
  ],
  ['an id without a key', { version: 1, agents: { puppet: {} } }, 'puppet'],
  ['an id whose type breaks the rule', { version: 1, agents: { 'a b/c': {} } }, 'a b/c'],
  ['fields that are nothing', { version: 1, agents: { 'puppet/a': null } }, 'puppet/a'],
  ['fields that are a list', { version: 1, agents: { 'puppet/a': ['7'] } }, 'puppet/a'],
  [
    'a field that is not a string',
    { version: 1, agents: { 'puppet/a': { count: 7 } } },
    'puppet/a',
    'damaged',
  ],
  [
    'a string that is cut off',
    { version: 1, agents: { 'puppet/a': { count: '{"a":' } } },
    'puppet/a',
  ],
  ['an empty string', { version: 1, agents: { 'puppet/a': { count: '' } } }, 'puppet/a'],
  ['bytes that are cut off', { version: 1, agents: { 'puppet/a': { kept: '!/w9' } } }, 'puppet/a'],
  [
    'an entry that is cut off',
    { version: 1, agents: { 'puppet/a': { 'notes\0x': '{' } } },
    'puppet/a',
  ],
]

const delivery = {
  ...{ message: 'act', payload: '[]', recipient: 'puppet/a', topic: 'act/a' },
  ...{ task: 0, depth: 0, attempt: 1, failures: 0 },
}
const asked = { ...delivery, message: 'ask', topic: undefined, sender: 'puppet/a' }
const ask = { delivery: 0, position: 1, chain: ['puppet/a'] }
const answer = {
  ...{ position: 1, sender: 'puppet', recipient: 'puppet/b', message: 'ask' },
  ...{ payload: '[]', answer: '1' },
}

const DAMAGED_DELIVERIES: [name: string, deliveries: unknown, ...parts: string[]][] = [
  ['a record instead of a list', {}],
  ['a delivery that is a number', [7], 'delivery 0'],
  ['a message without a name', [{ ...delivery, message: undefined }], 'message name'],
  ['a payload that is not a string', [{ ...delivery, payload: [] }], 'payload'],
  ['a payload that is cut off', [delivery, { ...delivery, payload: '[' }], 'delivery 1'],
  ['no recipient', [{ ...delivery, recipient: 'puppet' }], 'puppet', 'agent id'],
  ['a recipient that is not registered', [{ ...delivery, recipient: 'nobody/a' }], 'nobody'],
  ['a topic without a source', [{ ...delivery, topic: 'act/' }], 'not a topic'],
  ['a sender that is not an id', [{ ...delivery, sender: '/a' }], 'agent id'],
  ['an attempt of zero', [{ ...delivery, attempt: 0 }], 'attempt'],
  ['a depth that is not a number', [{ ...delivery, depth: '1' }], 'depth'],
  ['no time to live', [{ ...delivery, ttlMs: 0 }], 'ttlMs'],
  ['a caller that stands behind it', [{ ...asked, askedBy: ask }, delivery], 'asked'],
  ['a chain of nobody', [delivery, { ...asked, askedBy: { ...ask, chain: [''] } }], 'asked'],
  ['answers that are not a list', [{ ...delivery, answers: answer }], 'answers'],
  [
    'an answer that is cut off',
    [{ ...delivery, answers: [{ ...answer, answer: '{' }] }],
    'answers',
  ],
  ['results that are not a list', [{ ...delivery, recorded: {} }], 'recorded'],
  ['a result without a name', [{ ...delivery, recorded: [{ value: '1' }] }], 'recorded'],
  ['a result of no value', [{ ...delivery, recorded: [{ name: ':a', value: '{' }] }], 'recorded'],
  ['an answer of nobody', [{ ...delivery, answers: [{ ...answer, recipient: '' }] }], 'answers'],
]

onBothRuntimes('a snapshot', ({ start, share }) => {
  const runtimeOf = share({ agents: [puppet] })

  test.each(DAMAGED)('is refused when it is damaged: %s', async (_, snapshot, ...parts) => {
    const runtime = runtimeOf()
    await runtime.loadState(good)
    const load = () => runtime.loadState(snapshot as Snapshot)
    await expectRefusal(load, 'HEDDLE_INVALID_SNAPSHOT', ...parts)
    expect(await runtime.saveState()).toEqual(good)
    expect(await runtime.send(Ask([{ do: 'count' }]), 'puppet/a')).toBe(8)
  })

  test.each(DAMAGED_DELIVERIES)(
    'is refused when a delivery in flight is damaged: %s',
    async (_, deliveries, ...parts) => {
      const runtime = runtimeOf()
      await runtime.loadState(good)
      const load = () => runtime.loadState({ ...good, deliveries } as Snapshot)
      await expectRefusal(load, 'HEDDLE_INVALID_SNAPSHOT', ...parts)
      expect(await runtime.saveState()).toEqual(good)
    },
  )

  test('whose deliveries are whole is loaded with them', async () => {
    const runtime = runtimeOf()
    const deliveries = [
      { ...delivery, payload: '[{"do":"count"}]', ttlMs: 60_000, answers: [answer] },
      { ...asked, askedBy: { ...ask, deadlineMs: 60_000 } },
    ]
    await runtime.loadState({ ...good, deliveries } as unknown as Snapshot)
    await runtime.idle()
    const agents = { 'puppet/a': { count: '8' } }
    expect(await runtime.saveState()).toEqual({ ...good, agents })
  })

  test('is not loaded while anything is in flight', async () => {
    const gated = gates()
    const runtime = await start({ agents: [puppet, gated.agent] })
    await runtime.publish(Act([{ do: 'count' }, { do: 'gate', at: 'busy' }]), 'act/a')
    await gated.entered('busy')
    const load = () => runtime.loadState(good)
    const error = await expectRefusal(
      load,
      'HEDDLE_NOT_IDLE',
      'loadState',
      '2 deliveries',
      'idle()',
    )
    expect(error.fields).toEqual({ call: 'loadState', inFlight: 2 })
    gated.open('busy')
    await runtime.idle()
    expect((await runtime.saveState()).agents).toEqual({ 'puppet/a': { count: '1' } })
    await runtime.loadState(good)
    expect(await runtime.saveState()).toEqual(good)
  })

  test('of an agent that has fewer fields now is loaded for the fields that it still has', async () => {
    const runtime = runtimeOf()
    await runtime.loadState({ version: 1, agents: { 'puppet/a': { count: '3', gone: '1' } } })
    expect(await runtime.send(Ask([{ do: 'count' }]), 'puppet/a')).toBe(4)
  })

  test('that is empty forgets all state', async () => {
    const runtime = runtimeOf()
    await runtime.send(Ask([{ do: 'count' }]), 'puppet/b')
    await runtime.loadState({ version: 1, agents: {} })
    expect((await runtime.saveState()).agents).toEqual({})
    expect(await runtime.send(Ask([{ do: 'count' }]), 'puppet/b')).toBe(1)
  })
})
