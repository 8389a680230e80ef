import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { agentAt } from '../../src/agents/agent-module.ts'
import { type AgentOptions, closureAgent, defineAgent } from '../../src/agents/define-agent.ts'
import { defineResource } from '../../src/agents/resource.ts'
import { defineMessage, defineRequest } from '../../src/messages/message.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const Ping = defineMessage('ping')
const Score = defineRequest('score', { reply: z.number() })
const HERE = import.meta.url

/** Options as code without types might write them. */
type Loose = Partial<Record<keyof AgentOptions<undefined, never, object, object>, unknown>>
const define = (options: Loose) => () =>
  defineAgent(HERE, {
    type: 'broken',
    handlers: (on: (...args: unknown[]) => never) => [on(Ping, () => {})],
    ...options,
  } as never)

describe('an agent', () => {
  test('subscribes to the names of the messages that it handles, each once, and not to requests', () => {
    const { definition } = defineAgent(HERE, {
      type: 'ponger',
      handlers: (on) => [
        on(Ping, () => {}, { match: () => false }),
        on(Ping, () => {}),
        on(Score, () => 1),
      ],
    })
    expect(definition.subscriptions).toEqual([{ topic: 'ping' }])
    expect([...definition.handlers.keys()]).toEqual(['ping', 'score'])
    expect(definition.handlers.get('ping')).toHaveLength(2)
  })

  test('subscribes to its `subscriptions` instead, if it has any', () => {
    const subscriptions = [{ topic: 'pings' }, { topicPrefix: 'p', key: '{source}/x' }]
    const { definition } = defineAgent(HERE, {
      type: 'ponger',
      subscriptions,
      handlers: (on) => [on(Ping, () => {})],
    })
    expect(definition.subscriptions).toEqual(subscriptions)
  })

  test('can’t be changed, nor can its registration', () => {
    const agent = defineAgent(HERE, { type: 'a', handlers: (on) => [on(Ping, () => {})] })
    const other = agent.as('other')
    expect([agent.type, other.type]).toEqual(['a', 'other'])
    for (const part of [agent, agent.definition, other]) expect(Object.isFrozen(part)).toBe(true)
  })
})

describe('an agent is refused where it is defined', () => {
  test.each<[string, Loose, string[]]>([
    ['without handlers', { handlers: undefined }, ["'broken'", 'no handlers']],
    ['with no handler in its list', { handlers: () => [] }, ['lists no handlers']],
    ['with a list that is not a list', { handlers: () => 'none' }, ['lists no handlers']],
    ['with something else in its list', { handlers: () => [{}] }, ["'broken'"]],
    ['with nothing in its list', { handlers: () => [undefined] }, ["'broken'"]],
    [
      'with a list that throws',
      {
        handlers: () => {
          throw new Error('no list')
        },
      },
      ['no list'],
    ],
    ['with a config that is not a schema', { config: { threshold: 1 } }, ['not a Standard Schema']],
    ['with a setup that is not a function', { setup: 'later' }, ["'broken'", 'setup']],
    ['with uses that are not resources', { uses: { database: {} } }, ["'broken'", 'database']],
  ])('%s', async (_, options, parts) => {
    await expectRefusal(define(options), 'HEDDLE_INVALID_AGENT', ...parts)
  })

  test.each(['', 'a b', 'a/b', undefined, 7])('with the type %j', async (type) => {
    await expectRefusal(define({ type }), 'HEDDLE_INVALID_ID', 'agent type')
    const agent = defineAgent(HERE, { type: 'a', handlers: (on) => [on(Ping, () => {})] })
    if (type !== undefined) {
      await expectRefusal(() => agent.as(type as string), 'HEDDLE_INVALID_ID', 'agent type')
    }
  })

  test.each<[string, unknown]>([
    ['a path', './agent.ts'],
    ['nothing', undefined],
    ['a URL object, which agentAt takes', new URL(HERE)],
  ])('with %s instead of import.meta.url', async (_, module) => {
    const make = () =>
      defineAgent(module as string, { type: 'broken', handlers: (on) => [on(Ping, () => {})] })
    await expectRefusal(make, 'HEDDLE_INVALID_AGENT', "'broken'", 'import.meta.url')
  })

  test.each<[string, object, string]>([
    ['a function', { client: () => {} }, 'client'],
    ['a class instance', { client: new (class Client {})() }, 'client'],
    ['a class instance in a field', { all: { client: new (class Client {})() } }, 'all'],
  ])('with a state that holds %s', async (_, state, field) => {
    await expectRefusal(define({ state }), 'HEDDLE_STATE_NOT_PLAIN', "'broken'", `'${field}'`)
  })

  test.each<[string, unknown]>([
    ['a topic that breaks the rule', [{ topic: 'a b' }]],
    ['no topic', [{}]],
    ['nothing', [undefined]],
    ['a string', ['pings']],
    ['an empty key', [{ topic: 'pings', key: '' }]],
  ])('with a subscription of %s', async (_, subscriptions) => {
    await expectRefusal(define({ subscriptions }), 'HEDDLE_INVALID_SUBSCRIPTION')
  })

  test('with the same subscription twice', async () => {
    const subscriptions = [{ topic: 'pings' }, { topic: 'pings', key: '{source}' }]
    await expectRefusal(define({ subscriptions }), 'HEDDLE_DUPLICATE_SUBSCRIPTION', 'pings')
  })

  test('as a closure agent by the same rules', async () => {
    await expectRefusal(
      () => closureAgent({ type: 'a b', handlers: () => [] }),
      'HEDDLE_INVALID_ID',
    )
    await expectRefusal(() => closureAgent({ type: 'a' } as never), 'HEDDLE_INVALID_AGENT')
    await expectRefusal(() => closureAgent(undefined as never), 'HEDDLE_INVALID_ID')
  })
})

describe('a config', () => {
  const configured = defineAgent(HERE, {
    type: 'configured',
    config: z.object({ limit: z.number(), mode: z.string().default('fast') }),
    handlers: (on) => [on(Ping, () => {})],
  })

  test('is the output of its schema', () => {
    expect(configured.with({ limit: 1 }).config).toEqual({ limit: 1, mode: 'fast' })
  })

  test.each<[string, unknown, string]>([
    ['does not fit', { limit: 'high' }, 'limit:'],
    ['is missing', undefined, '.with(config)'],
  ])('that %s is refused', async (_, config, part) => {
    const give = () => configured.with(config as never)
    await expectRefusal(give, 'HEDDLE_INVALID_CONFIG', "'configured'", part)
  })

  test('whose schema is asynchronous is refused', async () => {
    const later = defineAgent(HERE, {
      type: 'later',
      config: z.string().refine(async () => true),
      handlers: (on) => [on(Ping, () => {})],
    })
    await expectRefusal(() => later.with('x'), 'HEDDLE_ASYNC_SCHEMA', "'later'")
  })
})

test('agentAt takes a URL, and refuses types that are not valid', async () => {
  const url = new URL('file:///agent.ts')
  expect(agentAt(url, { type: 'a', as: 'b', config: 1 }).spec).toMatchObject({
    type: 'b',
    definedAs: 'a',
    module: 'file:///agent.ts',
    config: 1,
  })
  for (const call of [
    () => agentAt('file:///agent.ts' as never, { type: 'a' }),
    () => agentAt(url, { type: 'a b' }),
    () => agentAt(url, { type: 'a', as: '' }),
    () => agentAt(url, {} as never),
    () => agentAt(url, undefined as never),
  ]) {
    await expectRefusal(call, 'HEDDLE_INVALID_AGENT')
  }
})

test('a resource has a setup', async () => {
  for (const resource of [undefined, {}, { name: 'x' }, { name: 'x', setup: 7 }]) {
    await expectRefusal(() => defineResource(resource as never), 'HEDDLE_INVALID_AGENT', 'setup')
  }
})
