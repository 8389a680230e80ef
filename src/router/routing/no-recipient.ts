/** Why a message had no recipient: a sentence that shows a mistyped topic or a missing handler. */
import type { Subscription } from '../../agents/subscription.ts'
import type { MessageFacts } from '../../messages/message-facts.ts'
import { nearestOf } from '../../nearest.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Subscriptions } from './subscriptions.ts'

const MOST_NAMED = 5

/** The sentence for a message that has a topic and no recipient. */
export function whyNobody(
  { message, topic = '' }: Pick<MessageFacts, 'message' | 'topic'>,
  subscriptions: Pick<Subscriptions, 'match' | 'rules'>,
  agents: Pick<AgentDirectory, 'get' | 'list'>,
): string {
  const [type = ''] = topic.split('/', 1)
  const routes = subscriptions.match(type)
  if (routes.length > 0) {
    const hearing = new Set(routes.map(({ agent }) => agent))
    const able = [...hearing].filter((agent) => agents.get(agent)?.messages.has(message))
    if (able.length === 0) {
      return `${listed(hearing)} subscribed to '${type}' without a handler for '${message}'`
    }
    const rule = 'a message of a turn does not reach its own agent without toSelf'
    return `only its sender subscribes to '${type}', and ${rule}`
  }
  const rules = subscriptions.rules()
  const topics = new Set(rules.map(topicOf))
  const nearest = nearestOf(type, topics)
  const handling = new Set(
    agents.list().flatMap((agent) => (agent.messages.includes(message) ? agent.type : [])),
  )
  return [
    `no subscription hears the topic '${type}'`,
    nearest === undefined ? knownTopics(topics) : `did you mean '${nearest}'?`,
    handling.size === 0
      ? `no agent has a handler for '${message}'`
      : `'${message}' is handled by ${listed(handling, (agent) => hears(agent, rules))}`,
  ].join('; ')
}

function knownTopics(topics: ReadonlySet<string>): string {
  return topics.size === 0 ? 'there are no subscriptions' : `known: ${listed(topics)}`
}

function hears(agent: string, rules: readonly Subscription[]): string {
  const own = rules.filter((rule) => rule.agent === agent).map(topicOf)
  return own.length === 0 ? `${agent} (no topic)` : `${agent} (topic ${listed(new Set(own))})`
}

function topicOf(rule: Subscription): string {
  return 'topicPrefix' in rule ? `${rule.topicPrefix}*` : rule.topic
}

function listed(names: ReadonlySet<string>, say = (name: string) => `'${name}'`): string {
  const more = names.size > MOST_NAMED ? ` and ${names.size - MOST_NAMED} more` : ''
  return [...names].slice(0, MOST_NAMED).map(say).join(', ') + more
}
