/** One turn of a chat agent, wherever it runs: what it is given, what it shows, and how it comes out. */
import { describe } from '../errors.ts'
import { NO_USAGE, type Usage } from '../models/model.ts'
import type { ChatAgent, ChatContext, Response } from './chat-agent.ts'
import { failure } from './failure.ts'
import { type AgentEvent, type ChatMessage, chatMessageProblem } from './messages.ts'
import type { Purse } from './purse.ts'
import { refuseChat } from './refusal.ts'
import type { Outcome } from './team-state.ts'

/** What a turn needs of whoever has it run. */
export interface TurnPlace extends Pick<ChatContext, 'key' | 'history' | 'state' | 'nextId'> {
  readonly input: string | undefined
  readonly purse: Purse
  /** Asked for when it is needed: a turn that watches its signal can be seen to. */
  readonly signal: () => AbortSignal
  /** Throws when the turn was cancelled: then it has no outcome. */
  readonly throwIfCancelled: () => void
  show(item: AgentEvent | ChatMessage): void
}

/** What it came to, and what it has used of the run's budgets. */
export interface TurnEnd {
  readonly outcome: Outcome
  readonly usage: Usage
  readonly toolCalls: number
}

/** A turn that failed may have left something in its place's history and state: whoever keeps them takes it back. */
export async function takeTurn(
  agent: Pick<ChatAgent, 'name' | 'respond'>,
  messages: readonly ChatMessage[],
  place: TurnPlace,
): Promise<TurnEnd> {
  const { key, history, state, input, nextId, purse, show } = place
  const events: AgentEvent[] = []
  const emit = (item: AgentEvent | ChatMessage) => {
    show(item)
    if (item.kind !== 'chunk' && !('id' in item)) events.push(item)
  }
  const context: ChatContext = {
    ...{ key, history, state, input, nextId, emit, spending: purse },
    get signal() {
      return place.signal()
    },
  }
  const end = (outcome: Outcome): TurnEnd => {
    const used = outcome.kind === 'message' ? (outcome.message.usage ?? NO_USAGE) : NO_USAGE
    return { outcome, usage: purse.usage ?? used, toolCalls: purse.toolCalls }
  }
  try {
    const response = checkResponse(agent.name, await agent.respond(messages, context))
    if (response.kind === 'message') {
      const { message } = response
      show(message)
      return end({ kind: 'message', message, events })
    }
    const { prompt } = response
    const request = { id: nextId(), source: agent.name, prompt }
    show({ kind: 'input-requested', source: agent.name, requestId: request.id, prompt })
    return end({ kind: 'input', request })
  } catch (error) {
    place.throwIfCancelled()
    return end({ kind: 'failed', reason: failure(agent.name, error) })
  }
}

/** What an agent says is its own, whatever source it names: by that, others know what is new to them. */
function checkResponse(name: string, response: Response): Response {
  const refuse = (problem: string) => refuseChat('chat agent', problem, name)
  if (response?.kind === 'input' && typeof response.prompt === 'string') return response
  if (response?.kind !== 'message') {
    throw refuse(`it answered with ${describe(response)}, and not with a message or a prompt`)
  }
  const { message } = response
  const problem = chatMessageProblem(message)
  if (problem !== undefined) throw refuse(`its answer is no message: ${problem}`)
  return message.source === name ? response : { ...response, message: { ...message, source: name } }
}
