/** The agents that a runtime needs for a team and all that is part of it. */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import { managerAgent } from './manager-agent.ts'
import type { Member } from './members.ts'
import { speakerAgent } from './speaker-agent.ts'

export function agentsOf(module: string, member: Member): AgentRegistration[] {
  const own = member.kind === 'team' ? managerAgent(module, member) : speakerAgent(module, member)
  return [own, ...[...member.members.values()].flatMap((one) => agentsOf(module, one))]
}
