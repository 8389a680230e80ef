/**
 * A team inside of one turn: as a participant of another team, behind a tool, or for a society of mind. The same machine as on a
 * runtime; its members speak here, and what they keep is part of what the turn keeps.
 */
import { HeddleError } from '../errors.ts'
import type { SavedAgent } from './agent-session.ts'
import { type ChatAgent, type ChatContext, defineChatAgent, type Plain } from './chat-agent.ts'
import { failure } from './failure.ts'
import { ListHistory } from './history.ts'
import type { AgentEvent, ChatMessage } from './messages.ts'
import { Purse } from './purse.ts'
import type { TaskResult } from './task.ts'
import type { Team } from './team.ts'
import { TeamMachine } from './team-machine.ts'
import { partsOf } from './team-parts.ts'
import type { Speak, ThreadLog } from './team-plan.ts'
import { newTeamState, type Outcome, type TeamState } from './team-state.ts'

/** What a team within a turn keeps. */
interface Within {
  team: TeamState
  thread: ChatMessage[]
  members: Record<string, SavedAgent>
}

/** A team as a chat agent: its answer is the last thing that was said in it. */
export function teamAsAgent(team: Team): ChatAgent {
  return defineChatAgent({
    name: team.name,
    description: team.description,
    produces: ['text', 'structured', 'handoff', 'tool-summary', 'multimodal', 'stop'],
    respond: async (messages, context) => {
      const { stopReason, messages: said } = await runWithin(team, messages, context)
      if (stopReason.kind === 'input') return { kind: 'input', prompt: stopReason.text }
      if (stopReason.kind === 'failed')
        throw new HeddleError('HEDDLE_REQUEST_FAILED', {
          agent: stopReason.source,
          request: team.name,
          problem: stopReason.error.message,
        })
      const last = saidWithin(said, messages).at(-1)
      const own = { id: context.nextId(), source: team.name }
      if (last === undefined) {
        return {
          kind: 'message',
          message: { kind: 'text', ...own, content: 'Nobody had anything to say.' },
        }
      }
      return { kind: 'message', message: { ...last, ...own } }
    },
  })
}

/** What was said, without what it was begun with. */
export function saidWithin(
  said: readonly ChatMessage[],
  begunWith: readonly ChatMessage[],
): readonly ChatMessage[] {
  const ids = new Set(begunWith.map(({ id }) => id))
  return said.filter(({ id }) => !ids.has(id))
}

/** One run of a team within a turn. What is said is shown as it comes. */
export async function runWithin(
  team: Team,
  messages: readonly ChatMessage[],
  context: ChatContext,
): Promise<TaskResult> {
  const { plan, members } = partsOf(team)
  const kept = (context.state[`team:${team.name}`] as unknown as Within | undefined) ?? {
    ...{ team: newTeamState(plan.flow.initial), thread: [], members: {} },
  }
  context.state[`team:${team.name}`] = kept as unknown as Plain
  const thread = new ListThread(kept.thread)
  const { signal, emit, key } = context
  const machine = new TeamMachine(plan, kept.team, thread, {
    key: `${key}/${team.name}`,
    signal,
    emit,
    now: () => 0,
  })
  const input = context.input === undefined ? {} : { '': context.input }
  const isAnswer = context.input !== undefined
  let speaks = await machine.begin({ messages: isAnswer ? [] : messages, input, token: key })
  while (speaks.length > 0) {
    const spoken = await Promise.all(
      speaks.map(async (speak) => {
        const agent = members.get(speak.to) as ChatAgent
        return { speak, ...(await speakWithin(agent, speak, kept.members, context)) }
      }),
    )
    speaks = []
    for (const { speak, outcome, toolCalls } of spoken) {
      const { ask, to: by } = speak
      speaks.push(...(await machine.spoke({ ask, by, outcome, toolCalls })))
    }
  }
  const { result } = machine
  if (result === undefined) throw new Error(`the team '${team.name}' stopped without a reason`)
  return result
}

/** One turn of an agent within the turn of another. What it keeps is found in `kept`, and put there when it has ended well. */
export async function speakWithin(
  agent: ChatAgent,
  { messages, forgets, input, left }: Pick<Speak, 'messages' | 'forgets' | 'input' | 'left'>,
  kept: Record<string, SavedAgent>,
  outer: ChatContext,
): Promise<{ readonly outcome: Outcome; readonly toolCalls: number }> {
  const { name } = agent
  const before = forgets ? undefined : kept[name]
  const history = new ListHistory(before?.history)
  const state = structuredClone(before?.state ?? {}) as Record<string, Plain>
  const key = `${outer.key}/${name}`
  let ids = kept[name]?.ids ?? 0
  const events: AgentEvent[] = []
  const emit = (item: AgentEvent | ChatMessage) => {
    outer.emit(item)
    if (item.kind !== 'chunk' && !('id' in item)) events.push(item as AgentEvent)
  }
  const nextId = () => `${key}#${++ids}`
  const { signal } = outer
  const spending = new Purse(left, outer.spending)
  const told = (outcome: Outcome) => ({ outcome, toolCalls: spending.toolCalls })
  try {
    const context = {
      key,
      history,
      state,
      input: input ?? undefined,
      signal,
      spending,
      nextId,
      emit,
    }
    const response = await agent.respond(messages, context)
    kept[name] = { version: 1, history: history.read(), state, ids, waiting: null }
    if (response.kind === 'input') {
      return told({
        kind: 'input',
        request: { id: nextId(), source: name, prompt: response.prompt },
      })
    }
    emit(response.message)
    return told({ kind: 'message', message: response.message, events })
  } catch (error) {
    signal.throwIfAborted()
    return told({ kind: 'failed', reason: failure(name, error) })
  }
}

/** A thread in a list that somebody else keeps. */
class ListThread implements ThreadLog {
  readonly #messages: ChatMessage[]

  constructor(messages: ChatMessage[]) {
    this.#messages = messages
  }

  get length(): number {
    return this.#messages.length
  }

  read(from = 0): ChatMessage[] {
    return this.#messages.slice(from)
  }

  append(messages: readonly ChatMessage[]): void {
    this.#messages.push(...messages)
  }
}
