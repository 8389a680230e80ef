/**
 * An agent that answers with a model: it shows the model what is new, lets it use tools, and hands
 * over when the model asks for it. One turn is one call of `respond`; what the model is shown is in
 * the context's history.
 */
import { keepOutput } from '../agents/agent-outputs.ts'
import { askedBy, keepAsked } from '../agents/asking.ts'
import type { ChatAgent } from '../agents/chat-agent.ts'
import { defineChatAgent } from '../agents/define-chat-agent.ts'
import { type AssistantOptions, resolve } from './assistant-options.ts'
import { AssistantTurn } from './assistant-turn.ts'

/** Throws HEDDLE_INVALID_CHAT_AGENT and HEDDLE_TOOL_NAMES. */
export function assistantAgent(options: AssistantOptions): ChatAgent {
  const assistant = resolve(options)
  const { name, description, limits, handoffs, output, reflect, tools } = assistant
  const agent = defineChatAgent({
    name,
    description,
    ...limits,
    produces: [
      output === undefined ? 'text' : 'structured',
      ...(handoffs.size > 0 ? (['handoff'] as const) : []),
      ...(reflect === 'never' ? (['tool-summary'] as const) : []), // of unknown tools, too
    ],
    respond: (messages, context) => new AssistantTurn(assistant, context).respond(messages),
  })
  if (output !== undefined) keepOutput(agent, output)
  keepAsked(agent, new Map([...tools.values()].flatMap((one) => [...askedBy(one)])))
  return agent
}
