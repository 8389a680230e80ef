/** One turn of a chat agent, wherever it runs: what it is given, what it shows, and how it comes out. */
import { describe } from '../errors.ts'
import { NO_USAGE, type Usage } from '../models/model.ts'
import { callOut } from './call-out.ts'
import type { ChatAgent, ChatContext, Response } from './chat-agent.ts'
import { failure } from './failure.ts'
import { type AgentEvent, type ChatMessage, readChatMessage } from './messages.ts'
import { plainCopy } from './plain.ts'
import type { Purse } from './purse.ts'
import { refuseChat } from './refusal.ts'
import type { Outcome } from './team-state.ts'
import { openTurn } from './turn-context.ts'

/** What a turn needs of whoever has it run. */
export interface TurnPlace extends Pick<ChatContext, 'key' | 'history' | 'state' | 'nextId'> {
  readonly input: string | undefined
  readonly purse: Purse
  /** Asked for when it is needed: a turn that watches its signal can be seen to. */
  readonly signal: () => AbortSignal
  /** The same for the wait around the agent, whether it looks at its signal or not. */
  readonly ending: AbortSignal
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
  const { nextId, purse, show, ending } = place
  const { context, events, close } = openTurn(agent.name, place)
  const end = (outcome: Outcome): TurnEnd => {
    const used = outcome.kind === 'message' ? (outcome.message.usage ?? NO_USAGE) : NO_USAGE
    return { outcome, usage: purse.usage ?? used, toolCalls: purse.toolCalls }
  }
  try {
    const given = await callOut(ending, () => agent.respond(messages, context))
    const response = checkResponse(agent.name, given)
    checkState(agent.name, place.state)
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
  } finally {
    close()
  }
}

/** What an agent says is its own, whatever source it names: by that, others know what is new to them. */
function checkResponse(name: string, response: Response): Response {
  const refuse = (problem: string) => refuseChat('chat agent', problem, name)
  if (response?.kind === 'input' && typeof response.prompt === 'string') return response
  if (response?.kind === 'input') {
    const problem = `it asks for input, and its prompt is ${describe(response.prompt)}; give a text`
    throw refuse(problem)
  }
  if (response?.kind !== 'message') {
    throw refuse(`it answered with ${describe(response)}, and not with a message or a prompt`)
  }
  const read = readChatMessage(response.message)
  if (read.kind === 'refused') throw refuse(`its answer is no message: ${read.problem}`)
  return { kind: 'message', message: { ...read.message, source: name } }
}

/** Or it would be another one when it is loaded, or on another thread. */
function checkState(name: string, state: Readonly<Record<string, unknown>>): void {
  const copied = plainCopy(state, 'open')
  if (copied.kind === 'plain') return
  const problem = `of what it keeps in its state, ${copied.problem}; keep plain data there`
  throw refuseChat('chat agent', problem, name)
}
