/** A rule from topics to agents, as data. */
import { readFrom } from '../describe.ts'
import { describe, HeddleError, plainText } from '../errors.ts'
import { isAgentType } from '../ids/agent-id.ts'
import { isTopicType } from '../ids/topic-id.ts'
import { namesOf, readOptions } from '../option-check.ts'

/**
 * A rule from topics to instances of an agent, as data. `topic` matches one topic type,
 * `topicPrefix` all topic types that begin with it. `key` is the key of the instance: a template in
 * which `{source}` stands for the topic's source (default: `{source}`).
 */
export type SubscriptionRule =
  | { readonly topic: string; readonly key?: string }
  | { readonly topicPrefix: string; readonly key?: string }

/** A rule with the agent type that it leads to. */
export type Subscription = SubscriptionRule & { readonly agent: string }

/** The rule for the topic type `default`: agents with the same key hear each other there. */
export const defaultSubscription: SubscriptionRule = Object.freeze({ topic: 'default' })

/** The fields that a rule of either sort may have. */
interface RuleOptions {
  readonly topic?: string
  readonly topicPrefix?: string
  readonly key?: string
}

interface SubscriptionOptions extends RuleOptions {
  readonly agent: string
}

const RULE = { topic: true, topicPrefix: true, key: true } as const

const RULE_NAMES = namesOf<RuleOptions>(RULE)

const NAMES = namesOf<SubscriptionOptions>({ ...RULE, agent: true })

export const SOURCE = '{source}'

/**
 * A rule of a definition, as `checkSubscription` returns it. Throws HEDDLE_INVALID_SUBSCRIPTION.
 */
export function checkRule(agent: string, rule: SubscriptionRule): string {
  const { topic, topicPrefix, key } = readOptions<RuleOptions>(rule, RULE_NAMES, (problem) => {
    return invalid(`of agent ${agent}`, problem)
  })
  return checkSubscription({ topic, topicPrefix, key, agent } as Subscription)
}

/** A rule as text: equal rules have equal texts. Throws HEDDLE_INVALID_SUBSCRIPTION. */
export function checkSubscription(subscription: Subscription): string {
  return readSubscription(subscription).text
}

/**
 * Reads a rule for an agent type: the topics that it matches, and its text. Throws
 * HEDDLE_INVALID_SUBSCRIPTION.
 */
export function readSubscription(subscription: Subscription) {
  const given: SubscriptionOptions = subscription
  const {
    agent,
    topic,
    topicPrefix,
    key = SOURCE,
  } = readOptions(given, NAMES, (problem) => {
    return invalid(`for agent ${plainText(readFrom(Object(given), 'agent'))}`, problem)
  })
  const isPrefix = topicPrefix !== undefined
  const type = isPrefix ? topicPrefix : topic
  const text = `${plainText(type)}${isPrefix ? '*' : ''} → ${plainText(agent)}/${plainText(key)}`
  if (!isAgentType(agent)) throw invalid(text, `${describe(agent)} is not an agent type`)
  if (isPrefix && topic !== undefined) {
    throw invalid(text, 'it has a topic and a topicPrefix; make two rules of it')
  }
  if (!isTopicType(type)) throw invalid(text, `${describe(type)} is not a topic type`)
  if (typeof key !== 'string' || key === '')
    throw invalid(text, 'its key is not a non-empty string')
  return { text, topic: type, isPrefix }
}

function invalid(subscription: string, problem: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_SUBSCRIPTION', { subscription, problem })
}
