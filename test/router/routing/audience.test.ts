import { describe, expect, test } from 'vitest'
import { AgentDirectory } from '../../../src/router/routing/agent-directory.ts'
import { Audience } from '../../../src/router/routing/audience.ts'
import { Subscriptions } from '../../../src/router/routing/subscriptions.ts'

/**
 * An audience over agents and rules that the test adds. `recipientsOf` returns ids as `agent/key`.
 */
function setUp() {
  const agents = new AgentDirectory()
  const subscriptions = new Subscriptions()
  const audience = new Audience(agents, subscriptions)
  const agent = (type: string, messages: string[], kind: 'module' | 'closure' = 'module') => {
    agents.add({
      type,
      description: '',
      kind,
      messages,
      requests: [],
      turnTimeoutMs: undefined,
      limits: [],
      subscriptions: [],
    })
  }
  const asked = (message: string, topicType: string, topicSource: string, sender = '') => {
    const [senderAgent = '', senderKey = ''] = sender.split('/')
    return { message, topicType, topicSource, senderAgent, senderKey }
  }
  const recipientsOf = (...[message, type, source, sender]: Parameters<typeof asked>) => {
    const recipients = audience.of(asked(message, type, source, sender), false)
    return recipients.map(({ agent, key }) => `${agent}/${key}`)
  }
  return { subscriptions, audience, agent, asked, recipientsOf }
}

describe('the audience of a message', () => {
  test('is each agent that subscribed to the topic and handles the message', () => {
    const { subscriptions, agent, recipientsOf } = setUp()
    agent('hears', ['note'])
    agent('handles-other', ['other'])
    agent('elsewhere', ['note'])
    for (const type of ['hears', 'handles-other']) subscriptions.add({ agent: type, topic: 't' })
    subscriptions.add({ agent: 'elsewhere', topic: 'u' })
    expect(recipientsOf('note', 't', 'k')).toEqual(['hears/k'])
    expect(recipientsOf('other', 't', 'k')).toEqual(['handles-other/k'])
    expect(recipientsOf('note', 't', 'k')).toEqual(['hears/k'])
    expect(recipientsOf('note', 'u', 'k')).toEqual(['elsewhere/k'])
    expect(recipientsOf('nothing', 't', 'k')).toEqual([])
  })

  test('has each agent id once, however many rules lead to it', () => {
    const { subscriptions, agent, recipientsOf } = setUp()
    agent('a', ['note'])
    subscriptions.add({ agent: 'a', topic: 't' })
    subscriptions.add({ agent: 'a', topicPrefix: 't' })
    subscriptions.add({ agent: 'a', topic: 't', key: '{source}/b' })
    expect(recipientsOf('note', 't', 'k')).toEqual(['a/k', 'a/k/b'])
  })

  test('has its sender only if the sender asked for it', () => {
    const { subscriptions, audience, agent, asked, recipientsOf } = setUp()
    agent('a', ['note'])
    agent('b', ['note'])
    subscriptions.add({ agent: 'a', topic: 't' })
    expect(recipientsOf('note', 't', 'k', 'a/k')).toEqual([])
    subscriptions.add({ agent: 'b', topic: 't' })
    expect(recipientsOf('note', 't', 'k', 'a/k')).toEqual(['b/k'])
    expect(recipientsOf('note', 't', 'k', 'a/other')).toEqual(['a/k', 'b/k'])
    expect(audience.of(asked('note', 't', 'k', 'a/k'), true)).toHaveLength(2)
  })

  test('changes with the rules', () => {
    const { subscriptions, agent, recipientsOf } = setUp()
    agent('a', ['note'])
    expect(recipientsOf('note', 't', 'k')).toEqual([])
    const rule = subscriptions.add({ agent: 'a', topic: 't' })
    expect(recipientsOf('note', 't', 'k')).toEqual(['a/k'])
    expect(recipientsOf('note', 't', 'k')).toEqual(['a/k'])
    subscriptions.remove(rule)
    expect(recipientsOf('note', 't', 'k')).toEqual([])
  })

  test('has a serial domain of its own for a closure agent', () => {
    const { subscriptions, audience, agent, asked } = setUp()
    agent('a', ['note'])
    agent('glue', ['note'], 'closure')
    for (const type of ['a', 'glue']) subscriptions.add({ agent: type, topic: 't' })
    const [one, other] = audience.of(asked('note', 't', 'k'), false)
    expect(one?.domain).toBe('k')
    expect(other?.domain).not.toBe('k')
    expect(other?.domain).toBe(audience.one('glue', 'k').domain)
  })

  test('is right after many random topics, few of which are remembered', () => {
    const { subscriptions, audience, agent, recipientsOf } = setUp()
    agent('a', ['note'])
    subscriptions.add({ agent: 'a', topicPrefix: 'made' })
    for (let index = 0; index < 25_000; index++) {
      expect(recipientsOf('note', `made-up-${index}`, 'k')).toEqual(['a/k'])
      expect(audience.size).toBeLessThanOrEqual(10_000)
    }
  })
})
