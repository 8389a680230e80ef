/** The inner parts of a team, for other modules of its layer. Not part of its public interface. */
import type { Clock } from '../../clock.ts'
import type { ChatAgent } from '../agents/chat-agent.ts'
import type { TeamPlan } from '../machine/team-plan.ts'
import type { StructuredType } from '../messages/structured.ts'
import type { Team } from './team.ts'

/** The structured messages that are said in a team, by name. */
export type TeamOutputs = ReadonlyMap<string, StructuredType<unknown, unknown>>

interface TeamParts {
  readonly plan: TeamPlan
  readonly clock: Clock
  /** The participants by name, teams as chat agents. */
  readonly members: ReadonlyMap<string, ChatAgent>
  readonly outputs: TeamOutputs
}

const partsByTeam = new WeakMap<Team, TeamParts>()

export function keepParts(team: Team, parts: TeamParts): void {
  partsByTeam.set(team, parts)
}

export function partsOf(team: Team): TeamParts {
  return partsByTeam.get(team) as TeamParts
}

/** Whether `defineTeam` made the value: a look-alike has no inner parts. */
export function isTeam(value: unknown): value is Team {
  return partsByTeam.has(value as Team)
}
