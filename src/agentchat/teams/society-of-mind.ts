/**
 * A team that speaks with one voice: its members talk among themselves, and a model sums up the
 * outcome in one message.
 */
import { errorFromRecord, HeddleError } from '../../errors.ts'
import { addUsage, type ModelClient, type ModelMessage } from '../../models/model.ts'
import { ELSEWHERE, type RulesOf, TEXT } from '../../option-rules.ts'
import { Asking, answersTo, type InnerAnswer, keepAsked } from '../agents/asking.ts'
import type { ChatAgent, ChatContext } from '../agents/chat-agent.ts'
import { defineChatAgent } from '../agents/define-chat-agent.ts'
import { askerOf, ModelCalls } from '../agents/model-call.ts'
import { checkClient } from '../agents/model-client.ts'
import { type ChatMessage, textOf } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import { finishOf } from '../messages/unfinished.ts'
import type { ChatStopReason } from '../runs/task.ts'
import { askedTeam } from './asked-team.ts'
import type { Team } from './team.ts'
import { isTeam } from './team-parts.ts'

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
 * has heard, in a conversation of its own. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function societyOfMindAgent(options: SocietyOfMindOptions): ChatAgent {
  checkOptions<SocietyOfMindOptions>('chat agent', options, RULES)
  const { name, team, model, instruction = INSTRUCTION, prompt = PROMPT } = options
  const { description = 'A team that answers with one voice.' } = options
  if (!isTeam(team)) throw refuseChat('chat agent', 'it has no team', String(name))
  checkClient(model, (problem) => refuseChat('chat agent', problem, String(name)))
  const agent = defineChatAgent({
    name,
    description,
    respond: async (messages, context) => {
      const answers = answersTo(context)
      if (answers === undefined) {
        const asked = [...heardBefore(context), ...messages]
        return new Asking([{ to: team.name, messages: asked, afresh: true, whole: true }]).response
      }
      const { history } = context
      for (const message of messages) {
        history.append({ role: 'user', content: textOf(message), source: message.source })
      }
      const { outcome, said = [], usage } = answers[0] as InnerAnswer
      if (outcome.kind === 'failed') throw failed(outcome.reason, team.name)
      const message = { kind: 'text' as const, id: context.nextId(), source: name, usage }
      if (said.length === 0) {
        return { kind: 'message', message: { ...message, content: 'No response.' } }
      }
      const calls = new ModelCalls(askerOf(name, context))
      const { content, finish } = await calls.whole(model, {
        messages: [
          { role: 'system', content: instruction },
          ...said.map(
            (one): ModelMessage => ({ role: 'user', content: textOf(one), source: one.source }),
          ),
          { role: 'system', content: prompt },
        ],
      })
      const used = addUsage(usage, calls.usage)
      return { kind: 'message', message: { ...message, content, usage: used, ...finishOf(finish) } }
    },
  })
  keepAsked(agent, new Map([[team.name, askedTeam(team, team.name)]]))
  return agent
}

/** What the agent has heard in earlier turns, as messages for the team. */
function heardBefore({ history, nextId }: ChatContext): ChatMessage[] {
  return history.read().map((one) => {
    const content = 'content' in one ? String(one.content) : ''
    return { kind: 'text' as const, id: nextId(), source: 'user', content }
  })
}

/** The failure of a run that was asked for. */
function failed(reason: ChatStopReason, request: string): HeddleError {
  if (reason.kind === 'budget') {
    return new HeddleError('HEDDLE_BUDGET', { what: reason.what, limit: reason.limit })
  }
  const isKnown = reason.kind === 'failed'
  const problem = isKnown ? reason.error.message : reason.text
  const fields = { agent: isKnown ? reason.source : request, request, problem }
  const cause = isKnown ? errorFromRecord(reason.error) : undefined
  return new HeddleError('HEDDLE_REQUEST_FAILED', fields, { cause })
}
