/** A wrong publish or send is refused at the call, and the runtime goes on. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineMessage, defineTopic, type ErrorCode, type Runtime } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { Act, Ask, puppet, Report, Unanswered, Unheard } from '../fixtures/puppet.agent.ts'
import { expectRefusedUnharmed } from '../fixtures/unharmed.ts'

const act = Act([])
const ask = Ask([])
const Count = defineMessage('count', z.number())
const acts = defineTopic('acts', [Act])

type Bad = [name: string, call: (runtime: Runtime) => unknown, code: ErrorCode, ...parts: string[]]

const messages: Bad[] = [
  [
    'a payload that does not fit',
    (r) => r.publish(Count('one' as never), 'count/a'),
    'HEDDLE_INVALID_PAYLOAD',
    "'count'",
  ],
  [
    'a payload that can’t be cloned',
    (r) => r.publish(Act([() => {}] as never), 'act/a'),
    'HEDDLE_PAYLOAD_NOT_CLONEABLE',
    "'act'",
    'payload.0',
  ],
  [
    'a look-alike',
    (r) => r.publish({ ...act } as never, 'act/a'),
    'HEDDLE_NOT_A_MESSAGE',
    'an object (Object)',
    'defineMessage',
  ],
  [
    'an object that has a message as its prototype',
    (r) => r.publish(Object.create(act), 'act/a'),
    'HEDDLE_NOT_A_MESSAGE',
    'defineMessage',
  ],
  [
    'an object that has a request as its prototype',
    (r) => r.send(Object.create(ask), 'puppet/a'),
    'HEDDLE_NOT_A_MESSAGE',
    'defineRequest',
  ],
  ['nothing', (r) => r.publish(undefined as never, 'act/a'), 'HEDDLE_NOT_A_MESSAGE', 'undefined'],
  ['a message type', (r) => r.publish(Act as never, 'act/a'), 'HEDDLE_NOT_A_MESSAGE'],
  [
    'a request, published',
    (r) => r.publish(ask as never, 'ask/a'),
    'HEDDLE_NOT_A_MESSAGE',
    "the request 'ask'",
  ],
  [
    'a request, run',
    (r) => r.run(ask as never, 'ask/a'),
    'HEDDLE_NOT_A_MESSAGE',
    "the request 'ask'",
  ],
  [
    'a message, sent',
    (r) => r.send(act as never, 'puppet/a'),
    'HEDDLE_NOT_A_MESSAGE',
    "the message 'act'",
    'defineRequest',
  ],
]

const topics: Bad[] = [
  ['no topic', (r) => r.publish(act, undefined as never), 'HEDDLE_INVALID_ID', 'topic'],
  ['null for a topic', (r) => r.publish(act, null as never), 'HEDDLE_INVALID_ID', 'topic'],
  ['an empty record for a topic', (r) => r.publish(act, {} as never), 'HEDDLE_INVALID_ID', 'topic'],
  ['a number for a topic', (r) => r.publish(act, 7 as never), 'HEDDLE_INVALID_ID', 'topic'],
  [
    'a source that is a number',
    (r) => r.publish(act, { type: 'act', source: 7 } as never),
    'HEDDLE_INVALID_ID',
    'topic',
  ],
  [
    'a topic without a source',
    (r) => r.publish(act, 'act'),
    'HEDDLE_INVALID_ID',
    "'act'",
    'type/source',
  ],
  ['a topic with an empty source', (r) => r.publish(act, 'act/'), 'HEDDLE_INVALID_ID', "'act/'"],
  [
    'a topic type that breaks the rule',
    (r) => r.publish(act, 'white space/a'),
    'HEDDLE_INVALID_ID',
    'white space/a',
  ],
  [
    'a topic that does not carry the message',
    (r) => r.publish(Unheard('x'), acts('a') as never),
    'HEDDLE_WRONG_TOPIC',
    'acts/a',
    "'unheard'",
    'only act',
  ],
  [
    'a topic that breaks the rule, for a task',
    (r) => r.run(act, 'act'),
    'HEDDLE_INVALID_ID',
    "'act'",
  ],
]

const requests: Bad[] = [
  [
    'an agent that is not registered',
    (r) => r.send(ask, 'nobody/a'),
    'HEDDLE_UNKNOWN_AGENT',
    "'nobody'",
    'puppet',
  ],
  [
    'an agent without a handler for it',
    (r) => r.send(Unanswered(), 'puppet/a'),
    'HEDDLE_UNHANDLED_REQUEST',
    "'puppet'",
    "'unanswered'",
    'on(',
  ],
  [
    'an id without a key',
    (r) => r.send(ask, 'puppet'),
    'HEDDLE_INVALID_ID',
    "'puppet'",
    'type/key',
  ],
  ['an id with an empty key', (r) => r.send(ask, 'puppet/'), 'HEDDLE_INVALID_ID', 'puppet/'],
  [
    'an id whose type breaks the rule',
    (r) => r.send(ask, { type: 'a b', key: 'c' }),
    'HEDDLE_INVALID_ID',
    'a b/c',
  ],
  [
    'an id whose key is a number',
    (r) => r.send(ask, { type: 'puppet', key: 7 } as never),
    'HEDDLE_INVALID_ID',
    'puppet/7',
  ],
  ['an id that is nothing', (r) => r.send(ask, undefined as never), 'HEDDLE_INVALID_ID'],
  [
    'a deadline that is not a number',
    (r) => r.send(ask, 'puppet/a', { deadlineMs: Number.NaN }),
    'HEDDLE_INVALID_OPTION',
    'deadlineMs',
    'NaN',
  ],
  [
    'a deadline that is a string',
    (r) => r.send(ask, 'puppet/a', { deadlineMs: '5' as never }),
    'HEDDLE_INVALID_OPTION',
    'deadlineMs',
  ],
  [
    'a deadline in the past',
    (r) => r.send(ask, 'puppet/a', { deadlineMs: -1 }),
    'HEDDLE_INVALID_OPTION',
    'deadlineMs',
    '-1',
  ],
]

const subscriptions: Bad[] = [
  [
    'an agent that is not registered',
    (r) => r.subscribe({ topic: 't', agent: 'nobody' }),
    'HEDDLE_UNKNOWN_AGENT',
    "'nobody'",
  ],
  ['no agent', (r) => r.subscribe(undefined as never), 'HEDDLE_UNKNOWN_AGENT'],
  [
    'no topic',
    (r) => r.subscribe({ agent: 'puppet' } as never),
    'HEDDLE_INVALID_SUBSCRIPTION',
    'puppet',
  ],
  [
    'a topic type that breaks the rule',
    (r) => r.subscribe({ topic: 'a b', agent: 'puppet' }),
    'HEDDLE_INVALID_SUBSCRIPTION',
    "'a b'",
  ],
  [
    'an unknown name',
    (r) => r.subscribe({ topic: 't', agent: 'puppet', ky: 'all' } as never),
    'HEDDLE_INVALID_SUBSCRIPTION',
    'puppet',
    "did you mean 'key'?",
  ],
  [
    'a topic and a prefix',
    (r) => r.subscribe({ topic: 't', topicPrefix: 'u', agent: 'puppet' } as never),
    'HEDDLE_INVALID_SUBSCRIPTION',
    'puppet',
    'two rules',
  ],
  [
    'an empty key',
    (r) => r.subscribe({ topic: 't', agent: 'puppet', key: '' }),
    'HEDDLE_INVALID_SUBSCRIPTION',
    'key',
  ],
  [
    'a rule that the agent has by default',
    (r) => r.subscribe({ topic: 'act', agent: 'puppet' }),
    'HEDDLE_DUPLICATE_SUBSCRIPTION',
    'act',
  ],
  ['an unknown id', (r) => r.unsubscribe('nonsense'), 'HEDDLE_UNKNOWN_SUBSCRIPTION', "'nonsense'"],
]

onBothRuntimes('bad input', ({ share }) => {
  const { agent, said } = collector()
  const runtimeOf = share({ agents: [puppet, agent] })
  const refused = async (_: string, call: Bad[1], code: ErrorCode, ...parts: string[]) => {
    await expectRefusedUnharmed(runtimeOf(), () => call(runtimeOf()), code, ...parts)
  }

  test.each(messages)('as a message: %s', refused)
  test.each(topics)('as a topic: %s', refused)
  test.each(requests)('as a request: %s', refused)
  test.each(subscriptions)('as a subscription: %s', refused)

  test('as a subscription that was made and removed', async () => {
    const runtime = runtimeOf()
    const id = await runtime.subscribe({ topic: 'once', agent: 'puppet' })
    const same = () => runtime.subscribe({ topic: 'once', agent: 'puppet', key: '{source}' })
    await expectRefusedUnharmed(runtime, same, 'HEDDLE_DUPLICATE_SUBSCRIPTION', 'once')
    await runtime.unsubscribe(id)
    const again = () => runtime.unsubscribe(id)
    await expectRefusedUnharmed(runtime, again, 'HEDDLE_UNKNOWN_SUBSCRIPTION', id)
  })

  test('is refused, and a good call after it is not', async () => {
    const runtime = runtimeOf()
    const bad = runtime.publish({} as never, 'report/a').catch(() => {})
    await runtime.publish(Report({ by: 'test', value: 1 }), 'report/a')
    await bad
    await runtime.idle()
    expect(said.splice(0)).toEqual([{ by: 'test', value: 1 }])
  })
})
