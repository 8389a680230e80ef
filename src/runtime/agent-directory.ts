/** The agents that a runtime knows, by type: what each handles, and where it lives. */
import { HeddleError } from '../errors.ts'
import { domainOf } from '../ids/serial-domain.ts'
import { handOut } from '../messages/frozen.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { MessageSchemas } from './message-schemas.ts'
import type { SubscriptionRule } from './subscriptions.ts'

/** What can be told of an agent: data, the same on every thread. */
export interface AgentMetadata {
  readonly type: string
  readonly description: string
  /** `module`: runs on lanes. `closure`: runs on the main thread. */
  readonly kind: 'module' | 'closure'
  readonly messages: readonly string[]
  readonly requests: readonly string[]
  /** Milliseconds that a turn of it may take; undefined: as the runtime says. */
  readonly turnTimeoutMs: number | undefined
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
    subscriptions: definition.subscriptions.map((rule) => ({ ...rule })),
  }
}

/** An agent, ready for the questions that each message asks. */
export interface KnownAgent {
  readonly metadata: AgentMetadata
  readonly isClosure: boolean
  readonly messages: ReadonlySet<string>
  readonly requests: ReadonlySet<string>
}

export class AgentDirectory {
  /** Of the agents whose definitions this thread has. */
  readonly schemas = new MessageSchemas()
  readonly #agents = new Map<string, KnownAgent>()
  /** Types whose agents are being loaded. */
  readonly #reserved = new Set<string>()

  list(): AgentMetadata[] {
    return [...this.#agents.values()].map(({ metadata }) => metadata)
  }

  has(type: string): boolean {
    return this.#agents.has(type)
  }

  /** Keeps a type for an agent that is being loaded. Throws HEDDLE_DUPLICATE_AGENT. */
  reserve(type: string): void {
    if (this.#agents.has(type) || this.#reserved.has(type)) {
      throw new HeddleError('HEDDLE_DUPLICATE_AGENT', { agent: type })
    }
    this.#reserved.add(type)
  }

  release(type: string): void {
    this.#reserved.delete(type)
  }

  add(metadata: AgentMetadata): void {
    const messages = new Set(metadata.messages)
    const requests = new Set(metadata.requests)
    const isClosure = metadata.kind === 'closure'
    const known = { metadata: handOut(metadata), isClosure, messages, requests }
    this.#agents.set(metadata.type, known)
  }

  get(type: string): KnownAgent | undefined {
    return this.#agents.get(type)
  }

  /** The serial domain of an agent id. */
  domainOf(type: string, key: string): string {
    return domainOf(type, key, this.#agents.get(type)?.isClosure === true)
  }

  /** Throws HEDDLE_UNKNOWN_AGENT. */
  assertKnown(type: string): void {
    if (this.#agents.has(type)) return
    throw new HeddleError('HEDDLE_UNKNOWN_AGENT', { agent: type, known: [...this.#agents.keys()] })
  }

  /** Throws HEDDLE_UNKNOWN_AGENT, HEDDLE_UNHANDLED_REQUEST. */
  assertAnswers(type: string, request: string): void {
    this.assertKnown(type)
    if (this.#agents.get(type)?.requests.has(request)) return
    throw new HeddleError('HEDDLE_UNHANDLED_REQUEST', { agent: type, request })
  }
}
