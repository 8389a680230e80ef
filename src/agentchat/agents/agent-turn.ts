/** One turn of a chat agent, wherever it runs: its input, what it shows, and its outcome. */

import { callOut } from '../../agents/call-out.ts'
import { describe } from '../../errors.ts'
import { plainCopy } from '../../messages/plain.ts'
import { NO_USAGE, type Usage } from '../../models/model.ts'
import { type AgentEvent, type ChatMessage, readChatMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import { failure } from '../runs/failure.ts'
import type { ChatStopReason, InputRequest } from '../runs/task.ts'
import { Asking, type InnerAsk } from './asking.ts'
import type { ChatAgent, Response } from './chat-agent.ts'
import type { TurnPlace } from './turn-context.ts'
import { openTurn } from './turn-context.ts'

/** The outcome of a turn, and what it has used of the run's budgets. */
export interface TurnEnd {
  readonly outcome: SpokenOutcome | AskingOutcome
  readonly usage: Usage
  readonly toolCalls: number
}

/**
 * A turn that failed may have left something in its place's history and state. The owner of these
 * takes it back. What the turn has shown is retracted here; where a turn is cancelled, its host
 * does that.
 */
export async function takeTurn(
  agent: Pick<ChatAgent, 'name' | 'produces' | 'respond'>,
  messages: readonly ChatMessage[],
  place: TurnPlace,
): Promise<TurnEnd> {
  const { nextId, purse, ending } = place
  let hasShown = place.answered !== undefined // before it asked
  const show: TurnPlace['show'] = (item) => {
    place.show(item)
    hasShown = true
  }
  const { context, events, close } = openTurn(agent.name, { ...place, show })
  const end = (outcome: TurnEnd['outcome']): TurnEnd => {
    const used = outcome.kind === 'message' ? (outcome.message.usage ?? NO_USAGE) : NO_USAGE
    return { outcome, usage: purse.usage ?? used, toolCalls: purse.toolCalls }
  }
  try {
    const given: unknown = await callOut(ending, () => agent.respond(messages, context))
    const asks = Asking.asksOf(given)
    if (asks !== undefined) {
      assertAsks(agent.name, asks, place)
      checkState(agent.name, place.state)
      return end({ kind: 'asks', asks, events })
    }
    const response = checkResponse(agent, given as Response)
    checkState(agent.name, place.state)
    if (response.kind === 'message') {
      const { message } = response
      show(message)
      return end({ kind: 'message', message, events })
    }
    const { prompt } = response
    const request = { id: nextId(), source: agent.name, prompt }
    show({ kind: 'input-requested', source: agent.name, requestId: request.id, prompt })
    return end({ kind: 'input', requests: [request] })
  } catch (error) {
    place.throwIfCancelled()
    if (hasShown) place.show({ kind: 'retracted', source: agent.name })
    return end({ kind: 'failed', reason: failure(agent.name, error) })
  } finally {
    close()
  }
}

/** Nobody would run a team that the agent was not given to a team or a session with. */
function assertAsks(name: string, asks: readonly InnerAsk[], { mayAsk }: TurnPlace): void {
  const stranger = asks.find(({ to }) => !mayAsk(to))
  if (stranger === undefined) return
  const problem = `it asks '${stranger.to}' for an agent that it calls itself; let that agent take part`
  throw refuseChat('chat agent', problem, name)
}

/**
 * What an agent says has the agent as its source, whatever source the agent names: by the source,
 * others know what is new to them.
 */
function checkResponse(
  { name, produces }: Pick<ChatAgent, 'name' | 'produces'>,
  response: Response,
): Response {
  const refuse = (problem: string) => refuseChat('chat agent', problem, name)
  if (response?.kind === 'input' && typeof response.prompt === 'string') return response
  if (response?.kind === 'input') {
    const problem = `it asks for input, and its prompt is ${describe(response.prompt)}; give a string`
    throw refuse(problem)
  }
  if (response?.kind !== 'message') {
    throw refuse(`it answered with ${describe(response)}, and not with a message or a prompt`)
  }
  const read = readChatMessage(response.message)
  if (read.kind === 'refused') throw refuse(`its answer is not a message: ${read.problem}`)
  const { kind } = read.message
  if (!produces.includes(kind)) {
    const own = produces.map((one) => `'${one}'`).join(', ')
    throw refuse(`it answered with a message of the kind '${kind}', and its produces has ${own}`)
  }
  return { kind: 'message', message: { ...read.message, source: name } }
}

/** Otherwise the state would differ once it is loaded, or on another thread. */
function checkState(name: string, state: Readonly<Record<string, unknown>>): void {
  const copied = plainCopy(state, 'open')
  if (copied.kind === 'plain') return
  const problem = `of what it keeps in its state, ${copied.problem}; keep plain data there`
  throw refuseChat('chat agent', problem, name)
}

/** A turn that has asked teams, and is to be taken up with their answers. */
export interface AskingOutcome {
  readonly kind: 'asks'
  readonly asks: readonly InnerAsk[]
  readonly events: readonly AgentEvent[]
}

/** The outcome of a speaker's turn. */
export type SpokenOutcome =
  | {
      readonly kind: 'message'
      readonly message: ChatMessage
      readonly events: readonly AgentEvent[]
    }
  | { readonly kind: 'input'; readonly requests: readonly InputRequest[] }
  | { readonly kind: 'failed'; readonly reason: ChatStopReason }
