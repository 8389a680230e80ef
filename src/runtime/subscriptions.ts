/** The rules that lead from a topic to agent ids. Owns: the rules. */
import { describe, HeddleError } from '../errors.ts'
import { isAgentType } from '../ids/agent-id.ts'
import { isTopicType } from '../ids/topic-id.ts'

/**
 * A rule, as data. `topic` hears one topic type, `topicPrefix` all that begin with it.
 * `key` says which instance: a template in which `{source}` stands for the topic's source (default: `{source}`).
 */
export type SubscriptionRule =
  | { readonly topic: string; readonly key?: string }
  | { readonly topicPrefix: string; readonly key?: string }

/** A rule for an agent type. */
export type Subscription = SubscriptionRule & { readonly agent: string }

/** The rule for the topic type `default`, on which agents with the same key meet. */
export const defaultSubscription: SubscriptionRule = Object.freeze({ topic: 'default' })

/** Where a topic leads: an agent type, and how its key comes from the source. */
export interface Route {
  readonly agent: string
  /** Undefined: the source is the key. */
  readonly keyFor: ((source: string) => string) | undefined
}

const SOURCE = '{source}'
export class Subscriptions {
  readonly #rules = new Map<string, Subscription>()
  #made = 0
  #version = 0

  /** Returns the subscription's id. Throws HEDDLE_INVALID_SUBSCRIPTION, HEDDLE_DUPLICATE_SUBSCRIPTION. */
  add(subscription: Subscription): string {
    const text = checkSubscription(subscription)
    for (const other of this.#rules.values()) {
      if (checkSubscription(other) === text) {
        throw new HeddleError('HEDDLE_DUPLICATE_SUBSCRIPTION', { subscription: text })
      }
    }
    const id = `subscription-${++this.#made}`
    this.#rules.set(id, Object.freeze({ ...subscription }))
    this.#version++
    return id
  }

  /** Throws HEDDLE_UNKNOWN_SUBSCRIPTION. */
  remove(id: string): void {
    if (!this.#rules.delete(id)) {
      throw new HeddleError('HEDDLE_UNKNOWN_SUBSCRIPTION', { subscription: String(id) })
    }
    this.#version++
  }

  /** Changes with each change of the rules. */
  get version(): number {
    return this.#version
  }

  /** All rules, in the order in which they were added. */
  rules(): readonly Subscription[] {
    return [...this.#rules.values()]
  }

  /** All routes from a topic type, in the order in which their rules were added. */
  match(topicType: string): readonly Route[] {
    return [...this.#rules.values()].filter((rule) => hears(rule, topicType)).map(routeOf)
  }
}

/** The rule as text: equal rules have equal texts. Throws HEDDLE_INVALID_SUBSCRIPTION. */
export function checkSubscription(subscription: Subscription): string {
  const { agent, key = SOURCE } = subscription
  const prefix = 'topicPrefix' in subscription
  const topic = prefix ? subscription.topicPrefix : subscription.topic
  const text = `${String(topic)}${prefix ? '*' : ''} → ${String(agent)}/${String(key)}`
  const refuse = (problem: string) => {
    return new HeddleError('HEDDLE_INVALID_SUBSCRIPTION', { subscription: text, problem })
  }
  if (!isAgentType(agent)) throw refuse(`${describe(agent)} is no agent type`)
  if (!isTopicType(topic)) throw refuse(`${describe(topic)} is no topic type`)
  if (typeof key !== 'string' || key === '') throw refuse('its key is not a text')
  return text
}

function hears(rule: Subscription, topicType: string): boolean {
  return 'topicPrefix' in rule ? topicType.startsWith(rule.topicPrefix) : topicType === rule.topic
}

function routeOf({ agent, key = SOURCE }: Subscription): Route {
  if (key === SOURCE) return { agent, keyFor: undefined }
  return { agent, keyFor: (source) => key.replaceAll(SOURCE, () => source) }
}
