import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkSubscription,
  defaultSubscription,
  type Subscription,
} from '../../../src/agents/subscription.ts'
import { Subscriptions } from '../../../src/router/routing/subscriptions.ts'
import { anyKey } from '../../fixtures/arbitraries.ts'
import { expectRefusal } from '../../fixtures/refusal.ts'

/** The agents that a topic leads to, as `agent/key`. */
const leads = (rules: Subscriptions, type: string, source: string) =>
  rules.match(type).map(({ agent, keyFor }) => `${agent}/${keyFor?.(source) ?? source}`)

function rulesOf(...list: Subscription[]): Subscriptions {
  const rules = new Subscriptions()
  for (const rule of list) rules.add(rule)
  return rules
}

describe('a rule', () => {
  test('hears one topic type, and makes the source the key', () => {
    const rules = rulesOf({ topic: 'tickets', agent: 'triage' })
    expect(leads(rules, 'tickets', 'acme/42')).toEqual(['triage/acme/42'])
    expect(leads(rules, 'ticket', 'acme')).toEqual([])
    expect(leads(rules, 'tickets:more', 'acme')).toEqual([])
  })

  test('hears all topic types of a prefix', () => {
    const rules = rulesOf({ topicPrefix: 'triage:', agent: 'triage' })
    expect(leads(rules, 'triage:rpc', 'a')).toEqual(['triage/a'])
    expect(leads(rules, 'triage:', 'a')).toEqual(['triage/a'])
    expect(leads(rules, 'triage', 'a')).toEqual([])
  })

  test('may give the key as a template', () => {
    const rules = rulesOf(
      { topic: 't', agent: 'critic', key: '{source}/critic' },
      { topic: 't', agent: 'log', key: 'all' },
      { topic: 't', agent: 'pair', key: '{source}:{source}' },
    )
    expect(leads(rules, 't', 'conv-7')).toEqual([
      'critic/conv-7/critic',
      'log/all',
      'pair/conv-7:conv-7',
    ])
  })

  test('puts any source into its template unchanged', () => {
    const rules = rulesOf({ topic: 't', agent: 'a', key: '<{source}>' })
    fc.assert(
      fc.property(anyKey, (source) => {
        expect(leads(rules, 't', source)).toEqual([`a/<${source}>`])
      }),
    )
    expect(leads(rules, 't', "$&$1$'")).toEqual(["a/<$&$1$'>"])
  })

  test('for the topic type default is exported ready-made', () => {
    expect(leads(rulesOf({ ...defaultSubscription, agent: 'a' }), 'default', 'x')).toEqual(['a/x'])
  })
})

describe('the rules of a runtime', () => {
  test('lead to all their agents, in the order in which they were added', () => {
    const rules = rulesOf(
      { topic: 't', agent: 'b' },
      { topicPrefix: 't', agent: 'a' },
      { topic: 't', agent: 'a', key: 'k' },
    )
    expect(leads(rules, 't', 's')).toEqual(['b/s', 'a/s', 'a/k'])
  })

  test('apply from the moment at which they are added or removed', () => {
    const rules = new Subscriptions()
    expect(leads(rules, 't', 's')).toEqual([])
    const id = rules.add({ topic: 't', agent: 'a' })
    const prefix = rules.add({ topicPrefix: 't', agent: 'b' })
    expect(leads(rules, 't', 's')).toEqual(['a/s', 'b/s'])
    rules.remove(id)
    expect(leads(rules, 't', 's')).toEqual(['b/s'])
    rules.remove(prefix)
    expect(leads(rules, 't', 's')).toEqual([])
  })

  test('may be added again after they were removed', () => {
    const rules = new Subscriptions()
    const first = rules.add({ topic: 't', agent: 'a' })
    rules.remove(first)
    expect(rules.add({ topic: 't', agent: 'a' })).not.toBe(first)
  })

  test('do not change when their owner changes the record later', () => {
    const rule = { topic: 't', agent: 'a' }
    const rules = rulesOf(rule)
    rule.topic = 'other'
    expect(leads(rules, 't', 's')).toEqual(['a/s'])
  })

  test.each<[string, Subscription, Subscription]>([
    ['the same', { topic: 't', agent: 'a' }, { topic: 't', agent: 'a' }],
    [
      'with its key spelt out',
      { topic: 't', agent: 'a' },
      { topic: 't', agent: 'a', key: '{source}' },
    ],
    ['of a prefix', { topicPrefix: 't', agent: 'a' }, { topicPrefix: 't', agent: 'a' }],
  ])('hold each rule once: %s', async (_, rule, equal) => {
    const rules = rulesOf(rule)
    await expectRefusal(() => rules.add(equal), 'HEDDLE_DUPLICATE_SUBSCRIPTION', 't', 'a/{source}')
    expect(leads(rules, 't', 's')).toEqual(['a/s'])
  })

  test('distinguish a prefix from a topic type of the same letters, and one key from another', () => {
    const rules = rulesOf(
      { topic: 't', agent: 'a' },
      { topicPrefix: 't', agent: 'a' },
      { topic: 't', agent: 'a', key: 'k' },
    )
    expect(leads(rules, 't', 's')).toHaveLength(3)
  })

  test('have no rule for an id that was never given, or was removed', async () => {
    const rules = new Subscriptions()
    const id = rules.add({ topic: 't', agent: 'a' })
    rules.remove(id)
    for (const unknown of [id, 'nonsense', undefined as never]) {
      const parts = [`'${unknown}'`, 'removed already']
      await expectRefusal(() => rules.remove(unknown), 'HEDDLE_UNKNOWN_SUBSCRIPTION', ...parts)
    }
  })
})

describe('many rules', () => {
  /**
   * The number of steps over maps and sets that it takes to add `count` rules, match topics and
   * remove the rules.
   */
  function workOf(count: number): number {
    const rules = new Subscriptions()
    const ids: string[] = []
    return stepsOf(() => {
      for (let at = 0; at < count; at++) {
        ids.push(rules.add({ topic: `topic-${at}`, agent: 'a' }))
        ids.push(rules.add({ topicPrefix: `prefix-${at}-`, agent: 'a' }))
      }
      for (let at = 0; at < count; at++) {
        expect(rules.match(`topic-${at}`).length).toBe(1)
        expect(rules.match(`prefix-${at}-x`).length).toBe(1)
      }
      for (const id of ids) rules.remove(id)
      expect(rules.match('topic-1')).toEqual([])
    })
  }

  test('cost the same each: none is looked at when another is added', () => {
    // comparing each with all would take four times as many
    expect(workOf(2_000)).toBeLessThan(3 * workOf(1_000))
  })

  test('lead topics to the same agents as a walk over all rules', () => {
    const type = fc.stringMatching(/^[ab]{1,3}$/)
    const rule = fc.oneof(
      fc.record({ topic: type, agent: fc.constantFrom('x', 'y') }),
      fc.record({ topicPrefix: type, agent: fc.constantFrom('x', 'y') }),
    )
    fc.assert(
      fc.property(fc.array(rule), fc.array(fc.nat()), type, (list, removed, asked) => {
        const rules = new Subscriptions()
        const kept = new Map<string, Subscription>()
        for (const one of list) {
          const text = checkSubscription(one)
          if ([...kept.values()].some((other) => checkSubscription(other) === text)) continue
          kept.set(rules.add(one), one)
        }
        for (const at of removed) {
          const id = [...kept.keys()][at % Math.max(1, kept.size)]
          if (id === undefined) continue
          rules.remove(id)
          kept.delete(id)
        }
        const walked = [...kept.values()].filter((one) =>
          'topicPrefix' in one ? asked.startsWith(one.topicPrefix) : one.topic === asked,
        )
        expect(rules.match(asked).map(({ agent }) => agent)).toEqual(
          walked.map(({ agent }) => agent),
        )
      }),
    )
  })
})

describe('a rule that is not valid', () => {
  test.each<[string, unknown, string]>([
    ['has no topic', { agent: 'a' }, 'not a topic type'],
    [
      'has a topic type that breaks the rule',
      { topic: 'a b', agent: 'a' },
      "'a b' is not a topic type",
    ],
    ['has an empty prefix', { topicPrefix: '', agent: 'a' }, 'not a topic type'],
    ['has no agent', { topic: 't' }, 'not an agent type'],
    [
      'has an agent type that breaks the rule',
      { topic: 't', agent: 'a/b' },
      "'a/b' is not an agent type",
    ],
    ['has an empty key', { topic: 't', agent: 'a', key: '' }, 'key'],
    ['has a key that is not a string', { topic: 't', agent: 'a', key: 7 }, 'key'],
  ])('%s', async (_, rule, problem) => {
    const rules = new Subscriptions()
    await expectRefusal(() => rules.add(rule as never), 'HEDDLE_INVALID_SUBSCRIPTION', problem)
    expect(leads(rules, 't', 's')).toEqual([])
  })

  test('has a short text form', () => {
    expect(checkSubscription({ topicPrefix: 'a', agent: 'b', key: 'c' })).toBe('a* → b/c')
  })
})

/** How often an iterator of a map or a set is asked for its next item while `run` runs. */
function stepsOf(run: () => void): number {
  let steps = 0
  const iterators = [new Map().values(), new Set().values()].map((one) =>
    Object.getPrototypeOf(one),
  )
  const originals = iterators.map(({ next }) => next)
  for (const [at, iterator] of iterators.entries()) {
    iterator.next = function (this: unknown) {
      steps++
      return originals[at].call(this)
    }
  }
  try {
    run()
  } finally {
    for (const [at, iterator] of iterators.entries()) iterator.next = originals[at]
  }
  return steps
}
