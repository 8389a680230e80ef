/** The agents that a runtime knows, by type: what each handles, and where it runs. */
import type { AgentMetadata } from '../../agents/agent-metadata.ts'
import { MessageSchemas } from '../../agents/message-schemas.ts'
import { HeddleError } from '../../errors.ts'
import { domainOf } from '../../ids/serial-domain.ts'
import { handOut } from '../../messages/frozen.ts'

/** An agent, prepared for the lookups that each message needs. */
export interface KnownAgent {
  readonly metadata: AgentMetadata
  readonly isClosure: boolean
  readonly messages: ReadonlySet<string>
  readonly requests: ReadonlySet<string>
}

export class AgentDirectory {
  /** The schemas of the agents whose definitions this thread has. */
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
