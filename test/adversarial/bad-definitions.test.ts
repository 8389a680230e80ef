/**
 * Wrong parts of a definition are refused at the call, with a code and the name of the offender.
 */
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  agentAt,
  closureAgent,
  defineAgent,
  defineMessage,
  defineRequest,
  defineResource,
  defineTopic,
  type ErrorCode,
  keyed,
} from '../../src/index.ts'
import { testAgent } from '../../src/testing/index.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { revoked } from '../fixtures/revoked.ts'

const Job = defineMessage('job')
const Ask = defineRequest('ask', { reply: z.number() })
const here = import.meta.url

/** An agent that is well defined except for `parts`. */
const agent = (parts: object) => () => {
  return defineAgent(here, { type: 'worker', handlers: (on) => [on(Job, () => {})], ...parts })
}
const handling = (list: (on: never) => unknown) => agent({ handlers: list })
const untyped = <F extends (...args: never[]) => unknown>(call: F) => {
  return call as unknown as (...args: unknown[]) => unknown
}
const on = (...args: unknown[]) => handling((bind) => [untyped(bind)(...args)])

const bad: [name: string, call: () => unknown, code: ErrorCode, ...parts: string[]][] = [
  ['a message without a name', () => untyped(defineMessage)(), 'HEDDLE_INVALID_ID', 'undefined'],
  [
    'a message whose schema is not a schema',
    () => untyped(defineMessage)('x', 5),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
    'schema is 5',
  ],
  [
    'a message whose schema is incomplete',
    () => untyped(defineMessage)('x', { '~standard': {} }),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
  ],
  [
    'a request without schemas',
    () => untyped(defineRequest)('x'),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
    '{ payload, reply }',
  ],
  [
    'a request whose reply is not a schema',
    () => untyped(defineRequest)('x', { reply: 'text' }),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
    "reply is 'text'",
  ],
  ['a topic without messages', () => untyped(defineTopic)('t'), 'HEDDLE_INVALID_MESSAGE', "'t'"],
  [
    'a topic of requests',
    () => untyped(defineTopic)('t', [Ask]),
    'HEDDLE_INVALID_MESSAGE',
    "'t'",
    'defineMessage',
  ],
  ['an agent of nothing', () => untyped(defineAgent)(here), 'HEDDLE_INVALID_ID', 'undefined'],
  ['an agent of null', () => untyped(defineAgent)(here, null), 'HEDDLE_INVALID_ID', 'undefined'],
  ['a closure agent of nothing', () => untyped(closureAgent)(), 'HEDDLE_INVALID_ID'],
  ['a type that is a symbol', agent({ type: Symbol('s') }), 'HEDDLE_INVALID_ID', 'Symbol(s)'],
  ['handlers that are not a function', agent({ handlers: [] }), 'HEDDLE_INVALID_AGENT', "'worker'"],
  ['handlers that list nothing', handling(() => undefined), 'HEDDLE_INVALID_AGENT', "'worker'"],
  [
    'a handler that on did not make',
    handling(() => [{ kind: 'message', name: 'job', handle() {} }]),
    'HEDDLE_INVALID_AGENT',
    "'worker'",
    'on(…)',
  ],
  ['a handler of a string', on('job', () => {}), 'HEDDLE_INVALID_AGENT', "'worker'", "'job'"],
  ['a handler of nothing', on(undefined, () => {}), 'HEDDLE_INVALID_AGENT', "'worker'"],
  ['a handler without a function', on(Job), 'HEDDLE_INVALID_AGENT', "'worker'", "'job'"],
  [
    'a generator',
    on(Job, function* () {}),
    'HEDDLE_INVALID_AGENT',
    "'worker'",
    "'job'",
    'generator',
  ],
  [
    'an asynchronous generator',
    on(Job, async function* () {}),
    'HEDDLE_INVALID_AGENT',
    "'worker'",
    "'job'",
    'generator',
  ],
  [
    'a generator of another realm',
    on(Job, runInNewContext('(async function* () {})')),
    'HEDDLE_INVALID_AGENT',
    "'worker'",
    'generator',
  ],
  [
    'a match that is not a function',
    on(Job, () => {}, { match: 'x' }),
    'HEDDLE_INVALID_AGENT',
    "'job'",
  ],
  ['uses that are a number', agent({ uses: 5 }), 'HEDDLE_INVALID_AGENT', "'worker'", 'uses'],
  ['a resource that is a record', agent({ uses: { db: {} } }), 'HEDDLE_INVALID_AGENT', "'db'"],
  ['state that is a list', agent({ state: [1] }), 'HEDDLE_INVALID_AGENT', "'worker'", 'state'],
  ['state that is a string', agent({ state: 'abc' }), 'HEDDLE_INVALID_AGENT', "'worker'", 'state'],
  ['state that can’t be read', agent({ state: revoked() }), 'HEDDLE_INVALID_AGENT', 'state'],
  [
    'a description that is a number',
    agent({ description: 5 }),
    'HEDDLE_INVALID_AGENT',
    'description',
  ],
  ['rules that are a number', agent({ subscriptions: 5 }), 'HEDDLE_INVALID_AGENT', 'subscriptions'],
  [
    'a rule that is not a rule',
    agent({ subscriptions: [null] }),
    'HEDDLE_INVALID_SUBSCRIPTION',
    'worker',
  ],
  [
    'a config that is not a schema',
    agent({ config: {} }),
    'HEDDLE_INVALID_AGENT',
    'Standard Schema',
  ],
  ['a kind of entries', () => untyped(keyed)({ entries: 'x' }), 'HEDDLE_INVALID_OPTION', "'x'"],
  ['a resource of nothing', () => untyped(defineResource)(), 'HEDDLE_INVALID_AGENT', 'setup'],
  [
    'a resource without a name',
    () => untyped(defineResource)({ setup() {} }),
    'HEDDLE_INVALID_AGENT',
    'name',
  ],
  [
    'a resource whose dispose is not a function',
    () => untyped(defineResource)({ name: 'db', setup() {}, dispose: 5 }),
    'HEDDLE_INVALID_AGENT',
    "'db'",
  ],
  [
    'an agent at a path',
    () => untyped(agentAt)('a.ts', { type: 'a' }),
    'HEDDLE_INVALID_AGENT',
    'URL',
  ],
  ['an agent at nothing', () => untyped(agentAt)(), 'HEDDLE_INVALID_AGENT', 'URL'],
  ['a test of no agent', () => untyped(testAgent)(5), 'HEDDLE_INVALID_AGENT', '5'],
  [
    'an agent without handlers that is tested',
    () => testAgent(revoked() as never),
    'HEDDLE_INVALID_AGENT',
  ],
]

test.each(bad)('%s', async (_, call, code, ...parts) => {
  await expectRefusal(call, code, ...parts)
})

test('a schema that throws refuses the payload, and says what it threw', async () => {
  const schema = { '~standard': { version: 1, vendor: 'x', validate: fail } } as const
  function fail(): never {
    throw new RangeError('broken schema')
  }
  const Broken = defineMessage('broken', schema)
  const error = await expectRefusal(
    () => Broken(1 as never),
    'HEDDLE_INVALID_PAYLOAD',
    "'broken'",
    'broken schema',
  )
  expect(error.cause).toBeInstanceOf(RangeError)
})

test('types and what they make can’t be changed', () => {
  const { description: _, ...ask } = { description: '', ...Ask }
  expect(Object.keys(ask)).toEqual(['kind', 'reply'])
  for (const value of [
    Job,
    Ask,
    Job(),
    Ask(),
    defineTopic('t', [Job]),
    defineTopic('t', [Job])('s'),
  ]) {
    expect(Object.isFrozen(value)).toBe(true)
  }
})

test('a module is named by a URL of any realm', () => {
  const url = { href: 'file:///a.ts', protocol: 'file:' } as URL
  expect(agentAt(url, { type: 'a' }).spec.module).toBe('file:///a.ts')
})
