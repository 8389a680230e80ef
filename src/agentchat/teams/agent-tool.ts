/** An agent or a team as a tool: a model gives it a task, and gets its answer. */
import * as z from 'zod'
import { describe, HeddleError } from '../../errors.ts'
import { type RulesOf, TEXT } from '../../option-rules.ts'
import { type ChatAgent, isChatAgent } from '../agents/chat-agent.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import { type ChatMessage, textOf } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import type { Plain } from '../messages/plain.ts'
import { refuseChat } from '../messages/refusal.ts'
import { type Tool, tool } from '../tools/tool.ts'
import type { Team } from './team.ts'
import { isTeam } from './team-parts.ts'
import { speakWithin, teamAsAgent } from './team-within.ts'

/** The options of `agentTool`. */
export interface AgentToolOptions {
  /** Default: the name of the agent or the team. */
  readonly name?: string
  /** Default: its description. */
  readonly description?: string
}

const RULES: RulesOf<AgentToolOptions> = { name: TEXT, description: TEXT }

const NO_LIMIT = { tokens: null, toolCalls: null }

/**
 * A tool that lets an agent or a team do a task. The agent remembers earlier calls of the same
 * conversation, and the tool's calls run one after another. What the agent shows is shown with the
 * run. An agent behind a tool can't ask a human. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function agentTool(given: ChatAgent | Team, options: AgentToolOptions = {}): Tool {
  checkOptions<AgentToolOptions>('tool', options, RULES)
  if (!isChatAgent(given) && !isTeam(given)) {
    throw refuseChat(
      'tool',
      `what is to stand behind it is ${describe(given)}, and must be a chat agent or a team`,
    )
  }
  const agent = isTeam(given) ? teamAsAgent(given) : given
  const { name = agent.name, description = agent.description } = options
  return tool({
    name,
    description,
    parameters: z.object({ task: z.string().describe('What is to be done, in full.') }),
    mode: 'serial',
    run: async ({ task }, { turn }) => {
      const kept = (turn.state[`tool:${name}`] ?? {}) as unknown as Record<string, SavedAgent>
      turn.state[`tool:${name}`] = kept as unknown as Plain
      const id = turn.nextId()
      const messages: ChatMessage[] = [{ kind: 'text', id, source: 'user', content: task }]
      const speak = { messages, forgets: false, input: null, left: NO_LIMIT }
      const { outcome } = await speakWithin(agent, speak, kept, turn)
      if (outcome.kind === 'message') return textOf(outcome.message)
      const problem =
        outcome.kind === 'input'
          ? 'it asks a human, which it can’t behind a tool'
          : outcome.reason.text
      throw new HeddleError('HEDDLE_REQUEST_FAILED', { agent: agent.name, request: name, problem })
    },
  })
}
