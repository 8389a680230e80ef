/**
 * The committed state and the open deliveries of a runtime, as data that JSON carries. A snapshot
 * is taken between two steps of the router, so it shows one point in time: the effects of a turn
 * are in it completely, or not at all.
 */
import { isRecord } from '../../describe.ts'
import { describe, HeddleError, isHeddleError } from '../../errors.ts'
import { agentId, isAgentType } from '../../ids/agent-id.ts'
import { domainOf, keyOf } from '../../ids/serial-domain.ts'
import { isTopicType } from '../../ids/topic-id.ts'
import { isWhole } from '../../option-rules.ts'
import { decode, type Encoded } from '../../state/encoding.ts'
import type { Lost } from '../../wire/recorded.ts'
import type { Placement } from '../fleet/placement.ts'
import type { AgentDirectory } from '../routing/agent-directory.ts'
import type { SavedDelivery } from './saved-deliveries.ts'

type SavedAgents = Readonly<Record<string, Readonly<Record<string, Encoded>>>>

/**
 * The state of all agents, and the deliveries that had not settled: plain data that can be kept as
 * JSON.
 */
export interface Snapshot {
  readonly version: 2
  /** By agent id (`type/key`), then by field: encoded texts that only heddle reads. */
  readonly agents: SavedAgents
  /** In the order in which they were accepted. */
  readonly deliveries: readonly SavedDelivery[]
}

/** The result of `saveState` in earlier versions: state alone. */
export interface SnapshotV1 {
  readonly version: 1
  readonly agents: SavedAgents
}

export function stateOf(placement: Placement): SavedAgents {
  const agents: [string, Record<string, Encoded>][] = []
  for (const key of placement.records()) {
    for (const { agent, fields } of key.storedAgents()) {
      agents.push([`${agent}/${keyOf(key.domain)}`, Object.fromEntries(fields)])
    }
  }
  agents.sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(agents)
}

/** Makes the saved state the runtime's whole state. Nothing may be in flight. */
export function applyState(agents: SavedAgents, placement: Placement): void {
  placement.passivateAll()
  placement.forgetState()
  for (const [name, fields] of Object.entries(agents)) {
    const { type, key } = agentId(name)
    const record = placement.record(domainOf(type, key, false))
    for (const [field, value] of Object.entries(fields)) record.store(type, field, value)
  }
}

/** Throws HEDDLE_INVALID_SNAPSHOT. */
export function checkSnapshot(snapshot: unknown, known: AgentDirectory): Snapshot {
  try {
    return check(snapshot, known)
  } catch (error) {
    throw isHeddleError(error, 'HEDDLE_INVALID_SNAPSHOT') ? error : refused("it can't be read")
  }
}

function check(snapshot: unknown, known: AgentDirectory): Snapshot {
  const { version, agents, deliveries = [] } = Object(snapshot) as Partial<Snapshot>
  const isKnown = [1, 2].includes(Number(version)) && typeof version === 'number'
  if (!isKnown || !isRecord(agents) || !Array.isArray(deliveries)) {
    throw refused('it is not a snapshot that saveState returned (version 1 or 2)')
  }
  const types = checkAgents(agents)
  for (const [at, one] of deliveries.entries()) {
    const problem = problemWith(one, at, deliveries)
    if (problem !== undefined) throw refused(`delivery ${at} is damaged: ${problem}`)
    types.add(typeIn(one.recipient))
  }
  const unknown = [...types].filter((type) => !known.has(type))
  if (unknown.length > 0) throw refused(`these agents are not registered: ${unknown.join(', ')}`)
  return { version: 2, agents, deliveries }
}

function refused(problem: string): HeddleError {
  return new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem })
}

/** Returns the types of the agents. */
function checkAgents(agents: SavedAgents): Set<string> {
  const types = new Set<string>()
  for (const [name, fields] of Object.entries(agents)) {
    if (!isAgentName(name)) throw refused(`'${name}' is not an agent id`)
    types.add(typeIn(name))
    const isWhole = isRecord(fields) && Object.values(fields).every(canBeRead)
    if (!isWhole) throw refused(`the state of '${name}' is damaged`)
  }
  return types
}

/**
 * What is wrong with a delivery. It is checked here, since an unreadable one would fail only much
 * later.
 */
function problemWith(one: SavedDelivery, at: number, all: readonly SavedDelivery[]) {
  if (!isRecord(one)) return 'it is not a record'
  const { message, payload, recipient, topic, sender, ttlMs, askedBy } = one
  const { answers = [], recorded = [] } = one
  if (!isTopicType(message)) return `${describe(message)} is not a message name`
  if (!canBeRead(payload)) return "its payload can't be read"
  if (!isAgentName(recipient)) return `${describe(recipient)} is not an agent id`
  if (topic !== undefined && !isTopicName(topic)) return `${describe(topic)} is not a topic`
  if (sender !== undefined && !isAgentName(sender)) return `${describe(sender)} is not an agent id`
  const counts = [
    ['task', 0],
    ['depth', 0],
    ['attempt', 1],
    ['failures', 0],
  ] as const
  for (const [name, least] of counts) {
    if (!isWhole(one[name], least)) return `its ${name} is ${describe(one[name])}`
  }
  if (ttlMs !== undefined && !(typeof ttlMs === 'number' && ttlMs > 0 && Number.isFinite(ttlMs)))
    return `its ttlMs is ${describe(ttlMs)}`
  if (askedBy !== undefined && !isAsk(askedBy, at, all)) return "its askedBy can't be read"
  if (!Array.isArray(answers) || !answers.every(isAnswer)) return "its answers can't be read"
  if (!Array.isArray(recorded) || !recorded.every(isResult)) return "its recorded can't be read"
  return undefined
}

function isAsk(
  ask: NonNullable<SavedDelivery['askedBy']>,
  at: number,
  all: readonly SavedDelivery[],
): boolean {
  if (!isRecord(ask)) return false
  const { delivery, position, chain, deadlineMs = 1 } = ask
  if (!isWhole(delivery, 0) || delivery >= at || all[at]?.sender === undefined) return false
  if (!isWhole(position, 1) || !(Number.isFinite(deadlineMs) && deadlineMs > 0)) return false
  return Array.isArray(chain) && chain.every(isAgentName)
}

function isAnswer(answer: NonNullable<SavedDelivery['answers']>[number]): boolean {
  if (!isRecord(answer)) return false
  const { position, sender, recipient, message, payload } = answer
  if (!isWhole(position, 1) || !isAgentType(sender) || !isAgentName(recipient)) return false
  return isTopicType(message) && canBeRead(payload) && canBeRead(answer.answer)
}

function isResult(result: NonNullable<SavedDelivery['recorded']>[number]): boolean {
  if (!isRecord(result) || typeof result.name !== 'string') return false
  return canBeRead(result.value) && (result.lost === undefined || isLost(result.lost))
}

function isLost(lost: Lost): boolean {
  if (!isRecord(lost)) return false
  if (lost.code === 'HEDDLE_ONCE_FULL') return isWhole(lost.bytes, 0) && isWhole(lost.limit, 0)
  if (lost.code !== 'HEDDLE_PAYLOAD_NOT_CLONEABLE') return false
  return typeof lost.path === 'string' && typeof lost.problem === 'string'
}

function isAgentName(name: unknown): boolean {
  if (typeof name !== 'string') return false
  const slash = name.indexOf('/')
  return slash > 0 && slash < name.length - 1 && isAgentType(name.slice(0, slash))
}

function isTopicName(topic: unknown): boolean {
  if (typeof topic !== 'string') return false
  const slash = topic.indexOf('/')
  return slash > 0 && slash < topic.length - 1 && isTopicType(topic.slice(0, slash))
}

function typeIn(name: string): string {
  return name.slice(0, name.indexOf('/'))
}

function canBeRead(value: unknown): boolean {
  try {
    decode(value as Encoded)
    return true
  } catch {
    return false
  }
}
