/**
 * The inner parts of a team, for other modules of its layer, and the tree of its members on a
 * runtime. Not part of its public interface.
 */
import type { Clock } from '../../clock.ts'
import { askedBy } from '../agents/asking.ts'
import type { ChatAgent } from '../agents/chat-agent.ts'
import { type Member, type TeamMember, typeBelow } from '../conversations/members.ts'
import type { TeamPlan } from '../machine/team-plan.ts'
import type { StructuredType } from '../messages/structured.ts'
import type { Team } from './team.ts'

/** The structured messages that are said in a team, by name. */
export type TeamOutputs = ReadonlyMap<string, StructuredType<unknown, unknown>>

interface TeamParts {
  readonly plan: TeamPlan
  readonly clock: Clock
  readonly participants: readonly (ChatAgent | Team)[]
  readonly outputs: TeamOutputs
  /** How deep teams are nested in it, counting itself; an agent behind a tool counts as none. */
  readonly depth: number
  /** Whether it only stands for its one participant, an agent behind a tool. */
  readonly isOneAgent: boolean
  /** What it says of the turns in it; the rest is as in the team above it. */
  readonly limits: Partial<Limits>
}

/** What the turns of a part may use. */
type Limits = Pick<TeamMember, 'limit' | 'turnTimeoutMs'>

const NO_LIMITS: Limits = { limit: undefined, turnTimeoutMs: undefined }

const partsByTeam = new WeakMap<object, TeamParts>()

export function keepParts(team: object, parts: TeamParts): void {
  partsByTeam.set(team, parts)
}

export function partsOf(team: object): TeamParts {
  return partsByTeam.get(team) as TeamParts
}

/** Whether `defineTeam` made the value: a look-alike has no inner parts. */
export function isTeam(value: unknown): value is Team {
  return partsByTeam.has(value as Team)
}

/** The members of a team that is run itself. */
export function membersOf(name: string, parts: TeamParts): TeamMember {
  const place = { name, type: name, path: '', above: '', ...NO_LIMITS }
  return memberOf(parts, place, true)
}

/** The members of a team that an agent asks which runs alone. */
export function membersAsked(agent: string, name: string, team: object): TeamMember {
  const type = typeBelow(agent, name)
  const place = { name, type, path: `${agent}/${name}`, above: '', ...NO_LIMITS }
  return memberOf(partsOf(team), place, false)
}

type Place = Pick<TeamMember, 'name' | 'type' | 'path' | 'above' | keyof Limits>

function memberOf(parts: TeamParts, given: Place, isParticipant: boolean): TeamMember {
  const { plan, clock, participants, isOneAgent, limits } = parts
  const place = { ...given, ...limitsIn(given, limits) }
  const members = participants.map((one) => {
    const below = placeBelow(place, one.name)
    // the agent is what the tool's user knows
    return participantOf(one, isOneAgent ? { ...below, path: place.path } : below)
  })
  return { kind: 'team', ...place, plan, clock, isParticipant, members: byName(members) }
}

function participantOf(one: ChatAgent | Team, given: Place): Member {
  if (isTeam(one)) return memberOf(partsOf(one), given, true)
  const place = { ...given, ...limitsIn(given, one) }
  const teams = [...askedBy(one)].map(([name, { team }]) => {
    return memberOf(partsOf(team), placeBelow(place, name), false)
  })
  return { kind: 'agent', ...place, agent: one, members: byName(teams) }
}

function placeBelow({ type: above, path, limit, turnTimeoutMs }: Place, name: string): Place {
  const pathBelow = path === '' ? name : `${path}/${name}`
  return { name, type: typeBelow(above, name), path: pathBelow, above, limit, turnTimeoutMs }
}

/** A part's own limits before those of the part above it. */
function limitsIn(above: Limits, own: Partial<Limits>): Limits {
  const { limit = above.limit, turnTimeoutMs = above.turnTimeoutMs } = own
  return { limit, turnTimeoutMs }
}

function byName<M extends Member>(members: readonly M[]): ReadonlyMap<string, M> {
  return new Map(members.map((member) => [member.name, member]))
}
