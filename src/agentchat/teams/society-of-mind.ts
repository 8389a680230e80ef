/**
 * A team that speaks with one voice: its members talk among themselves, and a model sums up the
 * outcome in one message.
 */
import { addUsage, type ModelClient, type ModelMessage } from '../../models/model.ts'
import { ELSEWHERE, type RulesOf, TEXT } from '../../option-rules.ts'
import type { ChatAgent } from '../agents/chat-agent.ts'
import { defineChatAgent } from '../agents/define-chat-agent.ts'
import { askerOf, ModelCalls } from '../agents/model-call.ts'
import { checkClient } from '../agents/model-client.ts'
import { textOf } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { Team } from './team.ts'
import { isTeam } from './team-parts.ts'
import { runWithin, saidWithin } from './team-within.ts'

/** The options of `societyOfMindAgent`. */
export interface SocietyOfMindOptions {
  readonly name: string
  readonly team: Team
  readonly model: ModelClient
  /** Default: "A team that answers with one voice." */
  readonly description?: string
  /** The instruction for the model, before the team's messages. */
  readonly instruction?: string
  /** The prompt for the model, after the team's messages. */
  readonly prompt?: string
}

const RULES: RulesOf<SocietyOfMindOptions> = {
  name: ELSEWHERE,
  team: ELSEWHERE,
  model: ELSEWHERE,
  description: TEXT,
  instruction: TEXT,
  prompt: TEXT,
}

const INSTRUCTION = 'A group has discussed a request. This is what its members said:'
const PROMPT =
  'Answer the request in your own words, from what they found. Do not mention the discussion.'

/**
 * An agent in front of a team. In each turn the team begins from the start with all that the agent
 * has heard. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function societyOfMindAgent(options: SocietyOfMindOptions): ChatAgent {
  checkOptions<SocietyOfMindOptions>('chat agent', options, RULES)
  const { name, team, model, instruction = INSTRUCTION, prompt = PROMPT } = options
  const { description = 'A team that answers with one voice.' } = options
  if (!isTeam(team)) throw refuseChat('chat agent', 'it has no team', String(name))
  checkClient(model, (problem) => refuseChat('chat agent', problem, String(name)))
  return defineChatAgent({
    name,
    description,
    respond: async (messages, context) => {
      const { state, history } = context
      if (context.input === undefined) delete state[`team:${team.name}`] // nothing of earlier turns
      const heard = history.read().map((one) => ('content' in one ? String(one.content) : ''))
      const before = heard.map((content) => {
        return { kind: 'text' as const, id: context.nextId(), source: 'user', content }
      })
      const begunWith = [...before, ...messages]
      const { messages: said, stopReason, usage } = await runWithin(team, begunWith, context)
      if (stopReason.kind === 'input') return { kind: 'input', prompt: stopReason.text }
      for (const message of messages) {
        history.append({ role: 'user', content: textOf(message), source: message.source })
      }
      const inner = saidWithin(said, begunWith)
      const message = { kind: 'text' as const, id: context.nextId(), source: name, usage }
      if (inner.length === 0)
        return { kind: 'message', message: { ...message, content: 'No response.' } }
      const calls = new ModelCalls(askerOf(name, context))
      const { content } = await calls.whole(model, {
        messages: [
          { role: 'system', content: instruction },
          ...inner.map(
            (one): ModelMessage => ({ role: 'user', content: textOf(one), source: one.source }),
          ),
          { role: 'system', content: prompt },
        ],
      })
      return {
        kind: 'message',
        message: { ...message, content, usage: addUsage(usage, calls.usage) },
      }
    },
  })
}
