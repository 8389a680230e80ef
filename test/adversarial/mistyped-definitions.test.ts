/**
 * A definition takes options of known names. A value of another kind than its type is refused with
 * the name of the offender.
 */
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  type AgentRegistration,
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
import { expectRefusal } from '../fixtures/refusal.ts'
import { revoked } from '../fixtures/revoked.ts'

const Job = defineMessage('job')
const here = import.meta.url

type Bad = [name: string, call: () => unknown, code: ErrorCode, ...parts: string[]]

const untyped = <F extends (...args: never[]) => unknown>(call: F) => {
  return call as unknown as (...args: unknown[]) => unknown
}
/** An agent that is well defined except for `parts`. */
const agent = (parts: object) => () => {
  return defineAgent(here, { type: 'worker', handlers: (on) => [on(Job, () => {})], ...parts })
}
const handling = (list: () => unknown) => agent({ handlers: list })
const handler = (options: unknown) => {
  return agent({ handlers: (on: never) => [untyped(on)(Job, () => {}, options)] })
}
/** JSON carries neither functions nor maps. */
const jsonOf = (value: object) => JSON.parse(JSON.stringify(value))
const Database = defineResource({ name: 'db', setup: () => ({}) })
const retried = (retry: unknown) => agent({ retry } as object)
const ruled = (...subscriptions: unknown[]) => agent({ subscriptions })
const closed = (parts: object) => () => {
  return closureAgent({ type: 'glue', handlers: (bind) => [bind(Job, () => {})], ...parts })
}
const resource = (parts: object) => () => {
  return defineResource({ name: 'db', setup: () => ({}), ...parts })
}
const located = (parts: unknown) => () => untyped(agentAt)(new URL(here), parts)

const misnamed: Bad[] = [
  ['an agent: retrys', agent({ retrys: {} }), 'HEDDLE_INVALID_AGENT', "'worker'", "mean 'retry'?"],
  [
    'an agent: turnTimeout',
    agent({ turnTimeout: 5 }),
    'HEDDLE_INVALID_AGENT',
    "mean 'turnTimeoutMs'?",
  ],
  [
    'an agent: subscription',
    agent({ subscription: [] }),
    'HEDDLE_INVALID_AGENT',
    "mean 'subscriptions'?",
  ],
  ['an agent: setUp', agent({ setUp() {} }), 'HEDDLE_INVALID_AGENT', "mean 'setup'?"],
  [
    'an agent: quux',
    agent({ quux: 1 }),
    'HEDDLE_INVALID_AGENT',
    "'quux'; known: type, description, retry",
  ],
  [
    'a closure agent: subscription',
    closed({ subscription: [] }),
    'HEDDLE_INVALID_AGENT',
    "'glue'",
    "mean 'subscriptions'?",
  ],
  [
    'a closure agent: state, setup',
    closed({ state: { n: 0 }, setup() {} }),
    'HEDDLE_INVALID_AGENT',
    "'glue'",
    "only defineAgent takes 'setup'",
  ],
  [
    'a retry policy: delayMs',
    retried({ maxAttempts: 2, delayMs: 5 }),
    'HEDDLE_INVALID_AGENT',
    "'worker'",
    "no option 'delayMs'; known: maxAttempts, firstDelayMs",
  ],
  [
    'a retry policy of a handler: maxDelay',
    handler({ retry: { maxAttempts: 2, maxDelay: 5 } }),
    'HEDDLE_INVALID_AGENT',
    "mean 'maxDelayMs'?",
  ],
  [
    'a handler: macth',
    handler({ macth: () => true }),
    'HEDDLE_INVALID_AGENT',
    "'worker'",
    "'job'",
    "mean 'match'?",
  ],
  [
    'a rule: ky',
    ruled({ topic: 't', ky: 'all' }),
    'HEDDLE_INVALID_SUBSCRIPTION',
    'worker',
    "mean 'key'?",
  ],
  [
    'a rule that names an agent',
    ruled({ topic: 't', agent: 'other' }),
    'HEDDLE_INVALID_SUBSCRIPTION',
    "no option 'agent'",
  ],
  [
    'a rule for a topic and a prefix',
    ruled({ topic: 't', topicPrefix: 'u' }),
    'HEDDLE_INVALID_SUBSCRIPTION',
    'worker',
    'two rules',
  ],
  [
    'a resource: dispsoe',
    resource({ dispsoe() {} }),
    'HEDDLE_INVALID_AGENT',
    "'db'",
    "mean 'dispose'?",
  ],
  [
    'a reference: confg',
    located({ type: 'a', confg: {} }),
    'HEDDLE_INVALID_AGENT',
    "'a'",
    "mean 'config'?",
  ],
  [
    'keyed: entry',
    () => untyped(keyed)({ entry: 'frozen' }),
    'HEDDLE_INVALID_OPTION',
    "'entry'",
    'no option of this name',
  ],
  [
    'a request: rply',
    () => untyped(defineRequest)('x', { payload: z.string(), rply: z.string() }),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
    "no option 'rply'",
    '{ payload, reply }',
  ],
]

test.each(misnamed)('an unknown name is refused: %s', async (_, call, code, ...parts) => {
  await expectRefusal(call, code, ...parts)
})

test('an option that is undefined counts as omitted', () => {
  const retry = { maxAttempts: 2, factor: undefined, delayMs: undefined }
  const { definition } = untyped(defineAgent)(here, {
    ...{ type: 'worker', description: undefined, retrys: undefined, retry },
    ...{ subscriptions: [{ topic: 't', topicPrefix: undefined, key: undefined }] },
    handlers: (bind: (...args: unknown[]) => never) => [bind(Job, () => {}, undefined)],
  }) as AgentRegistration
  expect(definition.retry).toMatchObject({ maxAttempts: 2, factor: 2 })
  expect(definition.description).toBe('')
})

const NO_OPTIONS = [null, 'text', 5, [], () => {}, new Map(), Promise.resolve({}), revoked()]

test.each<[string, (options: unknown) => () => unknown, ErrorCode]>([
  ['an agent', (options) => () => untyped(defineAgent)(here, options), 'HEDDLE_INVALID_ID'],
  ['a closure agent', (options) => () => untyped(closureAgent)(options), 'HEDDLE_INVALID_ID'],
  ['a handler', handler, 'HEDDLE_INVALID_AGENT'],
  ['a retry policy', retried, 'HEDDLE_INVALID_AGENT'],
  ['a list of rules', ruled, 'HEDDLE_INVALID_SUBSCRIPTION'],
  ['a resource', (options) => () => untyped(defineResource)(options), 'HEDDLE_INVALID_AGENT'],
  ['a reference', located, 'HEDDLE_INVALID_AGENT'],
  ['a state', (state) => agent({ state }), 'HEDDLE_INVALID_AGENT'],
  ['resources', (uses) => agent({ uses }), 'HEDDLE_INVALID_AGENT'],
  ['keyed', (options) => () => untyped(keyed)(options), 'HEDDLE_INVALID_OPTION'],
  ['a request', (options) => () => untyped(defineRequest)('x', options), 'HEDDLE_INVALID_MESSAGE'],
])('options that are not a record are refused: %s', async (_, give, code) => {
  for (const options of NO_OPTIONS) await expectRefusal(give(options), code)
})

test.each<[string, unknown]>([
  ['a function with a type', Object.assign(() => {}, { type: 'worker', handlers: () => [] })],
  ['a list with a type', Object.assign([], { type: 'worker', handlers: () => [] })],
])('an agent can’t be defined by %s', async (_, options) => {
  const define = () => untyped(defineAgent)(here, options)
  await expectRefusal(define, 'HEDDLE_INVALID_AGENT', "'worker'", 'must be a record')
})

const wrongKind: Bad[] = [
  ['retry: 5', retried(5), 'HEDDLE_INVALID_AGENT', "'worker'", '5'],
  [
    'a delay that is a string',
    retried({ maxAttempts: 2, firstDelayMs: '5' }),
    'HEDDLE_INVALID_AGENT',
  ],
  [
    'a maxDelayMs that is a date',
    retried({ maxAttempts: 2, maxDelayMs: new Date() }),
    'HEDDLE_INVALID_AGENT',
  ],
  ['a factor that is a text', retried({ maxAttempts: 2, factor: '2' }), 'HEDDLE_INVALID_AGENT'],
  ['a jitter that is a text', retried({ maxAttempts: 2, jitter: '0.5' }), 'HEDDLE_INVALID_AGENT'],
  ['turnTimeoutMs: text', agent({ turnTimeoutMs: '5' }), 'HEDDLE_INVALID_AGENT', 'turnTimeoutMs'],
  ['turnTimeoutMs: null', agent({ turnTimeoutMs: null }), 'HEDDLE_INVALID_AGENT', 'turnTimeoutMs'],
  ['subscriptions: {}', agent({ subscriptions: {} }), 'HEDDLE_INVALID_AGENT', 'subscriptions'],
  ['subscriptions: null', agent({ subscriptions: null }), 'HEDDLE_INVALID_AGENT', 'subscriptions'],
  [
    'a list of rules with a hole',
    agent({ subscriptions: new Array(1) }),
    'HEDDLE_INVALID_SUBSCRIPTION',
  ],
  ['a list of handlers with a hole', handling(() => new Array(1)), 'HEDDLE_INVALID_AGENT', 'on(…)'],
  [
    'a list of messages with a hole',
    () => untyped(defineTopic)('t', new Array(1)),
    'HEDDLE_INVALID_MESSAGE',
  ],
  [
    'a description of a closure agent',
    closed({ description: 5 }),
    'HEDDLE_INVALID_AGENT',
    'description',
  ],
  ['a setup that is a generator', agent({ *setup() {} }), 'HEDDLE_INVALID_AGENT', 'generator'],
  ['a dispose that is a generator', agent({ *dispose() {} }), 'HEDDLE_INVALID_AGENT', 'generator'],
  [
    'a resource whose setup is a generator',
    resource({ *setup() {} }),
    'HEDDLE_INVALID_AGENT',
    'generator',
  ],
  [
    'a resource by way of JSON',
    agent({ uses: { db: jsonOf(Database) } }),
    'HEDDLE_INVALID_AGENT',
    "'db'",
  ],
  [
    'a match that is asynchronous',
    handler({ match: async () => false }),
    'HEDDLE_INVALID_AGENT',
    "'job'",
    'a promise is always true',
  ],
  [
    'a match that is a generator',
    handler({ *match() {} }),
    'HEDDLE_INVALID_AGENT',
    "'job'",
    'generator',
  ],
  [
    'an unless that is asynchronous',
    retried({ maxAttempts: 2, unless: async () => false }),
    'HEDDLE_INVALID_AGENT',
    'unless',
    'a promise is always true',
  ],
  [
    'a schema instead of a request’s options',
    () => untyped(defineRequest)('x', z.object({})),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
    'a schema instead of',
  ],
  [
    'a request without schemas',
    () => untyped(defineRequest)('x', {}),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
    '{ payload, reply }',
  ],
  [
    'a request of undefined schemas',
    () => untyped(defineRequest)('x', { reply: undefined }),
    'HEDDLE_INVALID_MESSAGE',
  ],
  [
    'a schema within options of a message',
    () => untyped(defineMessage)('x', { payload: z.string() }),
    'HEDDLE_INVALID_MESSAGE',
    "'x'",
    'the schema itself',
  ],
]

test.each(wrongKind)(
  'a value of the wrong kind is refused: %s',
  async (_, call, code, ...parts) => {
    await expectRefusal(call, code, ...parts)
  },
)
