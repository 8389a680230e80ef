/**
 * The parts of a team on a runtime, as a tree: its manager, those who take part, and below them the
 * teams that take part themselves or that an agent asks. Each part is an agent of its own for each
 * conversation, with a key below that of the part above it, so they run on different lanes.
 */
import type { Turn } from '../../agents/turn.ts'
import type { Clock } from '../../clock.ts'
import type { AgentId } from '../../ids/agent-id.ts'
import type { ChatAgent } from '../agents/chat-agent.ts'
import { checkAlarms } from '../machine/alarms.ts'
import type { TeamPlan } from '../machine/team-plan.ts'

interface Place {
  readonly name: string
  /** Its agent type, and the topic on which it is told something. */
  readonly type: string
  /** Its names from the team that is run on, as in `outer/inner/ann`; empty for that team. */
  readonly path: string
  /** The agent type of the part above it; empty for the team that is run. */
  readonly above: string
  /** The named limit that its model calls hold. */
  readonly limit: string | undefined
  /** Milliseconds that its turns may take; undefined: as long as the runtime says. */
  readonly turnTimeoutMs: number | undefined
}

/** The options of its agent that say what its turns may use. */
export function limitsOf({ limit, turnTimeoutMs }: Member) {
  return {
    ...(limit !== undefined && { limits: [limit] }),
    ...(turnTimeoutMs !== undefined && { turnTimeoutMs }),
  }
}

/**
 * Does something while a turn holds the limit of its part. It waits as long as the turn may take:
 * no deadline of requests decides about a run.
 */
export async function withLimitOf<T>(
  { limit }: Member,
  turn: Pick<Turn, 'withLimit'>,
  work: () => T | Promise<T>,
): Promise<T> {
  return limit === undefined ? work() : turn.withLimit(limit, work, { deadlineMs: NO_DEADLINE_MS })
}

const NO_DEADLINE_MS = Number.MAX_SAFE_INTEGER

/** A team: the agent is its manager. */
export interface TeamMember extends Place {
  readonly kind: 'team'
  readonly plan: TeamPlan
  readonly clock: Clock
  /** Whether its answer is said in a team, and shown as such; otherwise an agent asks it. */
  readonly isParticipant: boolean
  /** Those who take part, by name. */
  readonly members: ReadonlyMap<string, Member>
}

/** A chat agent. */
export interface AgentMember extends Place {
  readonly kind: 'agent'
  readonly agent: ChatAgent
  /** The teams that it asks, by the name that it knows them by. */
  readonly members: ReadonlyMap<string, TeamMember>
}

export type Member = TeamMember | AgentMember

/** The agent type of a part below another one. */
export function typeBelow(above: string, name: string): string {
  return `${above}.${name}`
}

/** Its agent id, below the one with this key. */
export function idBelow(key: string, { type, name }: Member): AgentId {
  return { type, key: `${key}/${name}` }
}

/** The topic of the part above it. */
export function topicAbove({ above, name }: Member, key: string) {
  return { type: above, source: key.slice(0, -name.length - 1) }
}

/** Whether an agent is this part, with this key, or one below it. */
export function isWithin(member: Member, key: string, type: string, other: string): boolean {
  const isType = type === member.type || type.startsWith(typeBelow(member.type, ''))
  return isType && (other === key || other.startsWith(`${key}/`))
}

/** All parts of a team, itself first. */
export function allMembers(member: Member): Member[] {
  return [member, ...[...member.members.values()].flatMap(allMembers)]
}

/** Throws HEDDLE_INVALID_TEAM if the alarms of a condition in it are not times. */
export function assertAlarms(member: TeamMember): void {
  for (const one of allMembers(member)) if (one.kind === 'team') checkAlarms(one.plan)
}
