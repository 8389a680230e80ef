/** What is known of an agent that has been set up. */
import type { AgentDefinition } from './agent-definition.ts'
import type { SubscriptionRule } from './subscription.ts'

/** The description of an agent: plain data, the same on every thread. */
export interface AgentMetadata {
  readonly type: string
  readonly description: string
  /** `module`: it runs on lanes. `closure`: it runs on the main thread. */
  readonly kind: 'module' | 'closure'
  readonly messages: readonly string[]
  readonly requests: readonly string[]
  /** Milliseconds that its turns may take; undefined: the runtime's `turnTimeoutMs`. */
  readonly turnTimeoutMs: number | undefined
  /** The named limits of the runtime that its turns use, as far as its definition says. */
  readonly limits: readonly string[]
  readonly subscriptions: readonly SubscriptionRule[]
}

export function metadataOf(type: string, definition: AgentDefinition): AgentMetadata {
  const handlers = [...definition.handlers.values()].flat()
  const namesOf = (kind: 'message' | 'request') => {
    return [...new Set(handlers.filter((one) => one.kind === kind).map((one) => one.name))]
  }
  return {
    type,
    description: definition.description,
    kind: definition.module === undefined ? 'closure' : 'module',
    messages: namesOf('message'),
    requests: namesOf('request'),
    turnTimeoutMs: definition.turnTimeoutMs,
    limits: definition.limits,
    subscriptions: definition.subscriptions.map((rule) => ({ ...rule })),
  }
}
