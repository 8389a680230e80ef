/** Teams in teams, for the tests of what goes on between them. */
import type { ChatAgent } from '../../src/agentchat/agents/chat-agent.ts'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { agentTool } from '../../src/agentchat/teams/agent-tool.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import type { Team, TeamOptions } from '../../src/agentchat/teams/team.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { team } from './autogen/cast.ts'

/** A call of the tool of this name. */
export const asks = (name: string) => ({ toolCalls: [{ name, arguments: { task: 'why?' } }] })

/** An assistant that asks once, and then says what it was answered. */
export function asking(name: string, given: ChatAgent | Team): ChatAgent {
  const model = scriptedModel(({ messages }) => {
    const last = messages.at(-1)
    return last?.role === 'tool' ? `so: ${last.results[0]?.content}` : asks(given.name)
  })
  return assistantAgent({ name, model, tools: [agentTool(given)], maxToolIterations: 2 })
}

/** Says what it is shown of its team. */
export const mindOf = (inner: Team) =>
  societyOfMindAgent({
    ...{ name: 'mind', team: inner },
    model: scriptedModel(({ messages }) =>
      messages.flatMap((one) => (one.role === 'user' ? String(one.content) : [])).join(' '),
    ),
  })

/** One turn of a team. */
export function outer(participants: TeamOptions['participants'], name = 'outer'): Team {
  return team(participants, { name, budget: { turns: 1 } })
}
