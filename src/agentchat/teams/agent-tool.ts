/** An agent or a team as a tool: a model gives it a task, and gets its answer. */
import * as z from 'zod'
import { describe } from '../../errors.ts'
import { type RulesOf, TEXT } from '../../option-rules.ts'
import { ASKED, deferred } from '../agents/asking.ts'
import { type ChatAgent, isChatAgent } from '../agents/chat-agent.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import { type Tool, tool } from '../tools/chat-tool.ts'
import { askedTeam, oneAgent } from './asked-team.ts'
import type { Team } from './team.ts'
import { isTeam } from './team-parts.ts'

/** The options of `agentTool`. */
export interface AgentToolOptions {
  /** Default: the name of the agent or the team. */
  readonly name?: string
  /** Default: its description. */
  readonly description?: string
}

const RULES: RulesOf<AgentToolOptions> = { name: TEXT, description: TEXT }

/**
 * A tool that lets an agent or a team do a task: a conversation of its own, below the agent that
 * has the tool. The agent's turn ends when it has asked, and goes on with the answer, so it may
 * take any time. It remembers earlier calls of the same conversation, and the tool's calls run one
 * after another. What is shown in it is shown with the run, and a human whom it asks is asked by
 * the run. Only assistants can use it. Throws HEDDLE_INVALID_TOOL.
 */
export function agentTool(given: ChatAgent | Team, options: AgentToolOptions = {}): Tool {
  checkOptions<AgentToolOptions>('tool', options, RULES)
  if (!isChatAgent(given) && !isTeam(given)) {
    throw refuseChat(
      'tool',
      `what is to stand behind it is ${describe(given)}, and must be a chat agent or a team`,
    )
  }
  const { name = given.name, description = given.description } = options
  const made = tool({
    name,
    description,
    parameters: z.object({ task: z.string().describe('What is to be done, in full.') }),
    mode: 'serial',
    run: ({ task }, context) => {
      if (deferred.has(context)) return task
      throw refuseChat('tool', 'only an assistant can call it, since its turn waits for it', name)
    },
  })
  const team = askedTeam(isTeam(given) ? given : oneAgent(given), name)
  return Object.freeze({ ...made, [ASKED]: new Map([[name, team]]) })
}
