/** The committed state of all agents, as data that JSON carries. Taken between turns: it is never torn. */
import { HeddleError } from '../errors.ts'
import { agentId } from '../ids/agent-id.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Encoded } from './encoding.ts'
import type { Placement } from './placement.ts'

export interface Snapshot {
  readonly version: 1
  /** By agent id (`type/key`), then by field: texts that heddle alone opens. */
  readonly agents: Readonly<Record<string, Readonly<Record<string, Encoded>>>>
}

export function takeSnapshot(placement: Placement): Snapshot {
  const agents: [string, Record<string, Encoded>][] = []
  for (const key of placement.records()) {
    for (const { agent, fields } of key.storedAgents()) {
      agents.push([`${agent}/${key.domain}`, Object.fromEntries(fields)])
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
    const record = placement.record(key)
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
    if (slash < 1 || slash === name.length - 1) throw refuse(`'${name}' is no agent id`)
    const type = name.slice(0, slash)
    if (!known.has(type)) unknown.add(type)
    for (const value of Object.values(fields)) {
      if (typeof value !== 'string') throw refuse(`the state of '${name}' is damaged`)
    }
  }
  if (unknown.size > 0) throw refuse(`these agents are not registered: ${[...unknown].join(', ')}`)
  return entries
}
