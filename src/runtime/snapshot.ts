/** The committed state of all agents, as data that JSON carries. Taken between turns: it is never torn. */
import { HeddleError } from '../errors.ts'
import { agentId, isAgentType } from '../ids/agent-id.ts'
import type { AgentDirectory } from './agent-directory.ts'
import { domainOf, keyOf } from './domain.ts'
import { decode, type Encoded } from './encoding.ts'
import type { Placement } from './placement.ts'

/** The state of all agents: plain data, to be kept as JSON. */
export interface Snapshot {
  readonly version: 1
  /** By agent id (`type/key`), then by field: texts that heddle alone opens. */
  readonly agents: Readonly<Record<string, Readonly<Record<string, Encoded>>>>
}

export function takeSnapshot(placement: Placement): Snapshot {
  const agents: [string, Record<string, Encoded>][] = []
  for (const key of placement.records()) {
    for (const { agent, fields } of key.storedAgents()) {
      agents.push([`${agent}/${keyOf(key.domain)}`, Object.fromEntries(fields)])
    }
  }
  agents.sort(([one], [other]) => (one < other ? -1 : 1))
  return { version: 1, agents: Object.fromEntries(agents) }
}

/** Makes the snapshot the runtime's whole state. Nothing may be in flight. Throws HEDDLE_INVALID_SNAPSHOT. */
export function applySnapshot(
  snapshot: Snapshot,
  placement: Placement,
  known: AgentDirectory,
): void {
  const entries = checkSnapshot(snapshot, known)
  placement.passivateAll()
  placement.forgetState()
  for (const [name, fields] of entries) {
    const { type, key } = agentId(name)
    const record = placement.record(domainOf(type, key, false))
    for (const [field, value] of Object.entries(fields)) record.store(type, field, value)
  }
}

function checkSnapshot(snapshot: Snapshot, known: AgentDirectory) {
  const refuse = (problem: string) => new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem })
  if (snapshot?.version !== 1 || typeof snapshot.agents !== 'object' || snapshot.agents === null) {
    throw refuse('it is not what saveState gave (version 1)')
  }
  const entries = Object.entries(snapshot.agents)
  const unknown = new Set<string>()
  for (const [name, fields] of entries) {
    const slash = name.indexOf('/')
    const type = name.slice(0, Math.max(slash, 0))
    if (!isAgentType(type) || slash === name.length - 1) throw refuse(`'${name}' is no agent id`)
    if (!known.has(type)) unknown.add(type)
    if (!isWhole(fields)) throw refuse(`the state of '${name}' is damaged`)
  }
  if (unknown.size > 0) throw refuse(`these agents are not registered: ${[...unknown].join(', ')}`)
  return entries
}

/** Whether every field can be read: a damaged one would fail the first turn that reaches for it, long after. */
function isWhole(fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return false
  return Object.values(fields).every((value) => {
    try {
      decode(value)
      return true
    } catch {
      return false
    }
  })
}
