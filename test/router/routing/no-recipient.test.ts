import { expect, test } from 'vitest'
import type { Subscription } from '../../../src/agents/subscription.ts'
import { AgentDirectory } from '../../../src/router/routing/agent-directory.ts'
import { whyNobody } from '../../../src/router/routing/no-recipient.ts'
import { Subscriptions } from '../../../src/router/routing/subscriptions.ts'

function why(topic: string, message: string, rules: readonly Subscription[]): string {
  const subscriptions = new Subscriptions()
  for (const rule of rules) subscriptions.add(rule)
  const agents = new AgentDirectory()
  for (const [type, messages] of [
    ['sealer', ['entry']],
    ['clerk', ['note']],
  ] as const) {
    agents.add({
      ...{ type, messages, description: '', kind: 'module', requests: [] },
      ...{ turnTimeoutMs: undefined, limits: [], subscriptions: [] },
    })
  }
  return whyNobody({ topic, message }, subscriptions, agents)
}

const rules: Subscription[] = [
  { agent: 'sealer', topic: 'entry' },
  { agent: 'clerk', topicPrefix: 'note' },
]

test('a mistyped topic: the nearest one, and the agents that handle the message', () => {
  expect(why('entyr/north', 'entry', rules)).toBe(
    "no subscription hears the topic 'entyr'; did you mean 'entry'?; 'entry' is handled by sealer (topic 'entry')",
  )
})

test('a topic unlike any other: the known ones', () => {
  expect(why('weather/north', 'rain', rules)).toBe(
    "no subscription hears the topic 'weather'; known: 'entry', 'note*'; no agent has a handler for 'rain'",
  )
  expect(why('weather/north', 'entry', [])).toBe(
    "no subscription hears the topic 'weather'; there are no subscriptions; 'entry' is handled by sealer (no topic)",
  )
})

test('many known topics: a few of them', () => {
  const many = Array.from({ length: 8 }, (_, at) => ({ agent: 'clerk', topic: `part-${at}-x` }))
  expect(why('weather/north', 'rain', many)).toContain("'part-4-x' and 3 more")
})

test('a subscriber without a handler', () => {
  expect(why('notes/north', 'entry', rules)).toBe(
    "'clerk' subscribed to 'notes' without a handler for 'entry'",
  )
})

test('nobody but the sender', () => {
  expect(why('entry/north', 'entry', rules)).toContain('without toSelf')
})
