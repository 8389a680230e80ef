/**
 * Who receives a message on a topic: the subscriptions and the agents' handlers decide, in one
 * lookup.
 *
 * Owns: the answers so far; a new rule invalidates them.
 */
import { domainOf } from '../../ids/serial-domain.ts'
import type { Origin, Recipient } from '../ledger/delivery.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Route, Subscriptions } from './subscriptions.ts'

/** A route to an agent that has a handler for the message. */
interface Hearer extends Route {
  readonly isClosure: boolean
}

type Asked = Pick<Origin, 'message' | 'topicType' | 'topicSource' | 'senderAgent' | 'senderKey'>

/** There are usually few topic types, but a flood of made-up ones must not fill the memory. */
const MAX_KNOWN = 10_000

export class Audience {
  readonly #agents: AgentDirectory
  readonly #subscriptions: Subscriptions
  /** By message, then by topic type. */
  readonly #known = new Map<string, Map<string, readonly Hearer[]>>()
  #size = 0
  #version = -1
  /** The last lookup, which is often repeated. */
  #last = { message: '', topicType: '', hearers: [] as readonly Hearer[] }

  constructor(agents: AgentDirectory, subscriptions: Subscriptions) {
    this.#agents = agents
    this.#subscriptions = subscriptions
  }

  /** How many topic types are remembered. */
  get size(): number {
    return this.#size
  }

  /** The recipients: each agent id once, and the sender only if it asked for that. */
  of(origin: Asked, toSelf: boolean): Recipient[] {
    const hearers = this.#hearers(origin.message, origin.topicType)
    const [only] = hearers
    if (hearers.length === 1 && only !== undefined) {
      const recipient = recipientOf(only, origin, toSelf)
      return recipient === undefined ? [] : [recipient]
    }
    const found: Recipient[] = []
    for (const hearer of hearers) {
      const recipient = recipientOf(hearer, origin, toSelf)
      if (recipient !== undefined && !isAmong(found, recipient)) found.push(recipient)
    }
    return found
  }

  one(agent: string, key: string): Recipient {
    return { agent, key, domain: this.#agents.domainOf(agent, key) }
  }

  #hearers(message: string, topicType: string): readonly Hearer[] {
    const { version } = this.#subscriptions
    if (this.#version !== version || this.#size >= MAX_KNOWN) this.#forget(version)
    const last = this.#last
    if (last.message === message && last.topicType === topicType) return last.hearers
    const hearers = this.#find(message, topicType)
    this.#last = { message, topicType, hearers }
    return hearers
  }

  #find(message: string, topicType: string): readonly Hearer[] {
    let byTopic = this.#known.get(message)
    if (byTopic === undefined) {
      byTopic = new Map()
      this.#known.set(message, byTopic)
    }
    let hearers = byTopic.get(topicType)
    if (hearers === undefined) {
      hearers = this.#subscriptions.match(topicType).flatMap((route) => {
        const known = this.#agents.get(route.agent)
        return known?.messages.has(message) ? { ...route, isClosure: known.isClosure } : []
      })
      byTopic.set(topicType, hearers)
      this.#size++
    }
    return hearers
  }

  #forget(version: number): void {
    this.#known.clear()
    this.#size = 0
    this.#version = version
    this.#last = { message: '', topicType: '', hearers: [] }
  }
}

function recipientOf(hearer: Hearer, origin: Asked, toSelf: boolean): Recipient | undefined {
  const { agent, keyFor, isClosure } = hearer
  const { topicSource, senderAgent, senderKey } = origin
  const key = keyFor === undefined ? topicSource : keyFor(topicSource)
  if (!toSelf && agent === senderAgent && key === senderKey) return undefined
  return { agent, key, domain: domainOf(agent, key, isClosure) }
}

function isAmong(recipients: readonly Recipient[], { agent, key }: Recipient): boolean {
  return recipients.some((other) => other.agent === agent && other.key === key)
}
