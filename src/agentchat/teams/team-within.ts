/**
 * A team within one turn: as a participant of another team, behind a tool, or for a society of
 * mind. The machine is the same as on a runtime. Its members speak here, and what they keep is part
 * of what the turn keeps.
 */
import pLimit from 'p-limit'
import { defect } from '../../defect.ts'
import { errorFromRecord, HeddleError } from '../../errors.ts'
import { type TurnEnd, takeTurn } from '../agents/agent-turn.ts'
import type { ChatAgent, ChatContext } from '../agents/chat-agent.ts'
import { defineChatAgent } from '../agents/define-chat-agent.ts'
import { ListHistory } from '../agents/history.ts'
import { Purse } from '../agents/purse.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import { setAlarms } from '../machine/alarms.ts'
import { TeamMachine } from '../machine/team-machine.ts'
import type { Answer, Speak, ThreadLog } from '../machine/team-plan.ts'
import { newTeamState, type TeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { copyOf, type Plain } from '../messages/plain.ts'
import type { TaskResult } from '../runs/task.ts'
import type { Team } from './team.ts'
import { partsOf } from './team-parts.ts'

/** What a team within a turn keeps. */
interface Within {
  team: TeamState
  thread: ChatMessage[]
  members: Record<string, SavedAgent>
}

/** A team as a chat agent: its answer is the last message that was said in it. */
export function teamAsAgent(team: Team): ChatAgent {
  return defineChatAgent({
    name: team.name,
    description: team.description,
    produces: ['text', 'structured', 'handoff', 'tool-summary', 'multimodal', 'stop'],
    respond: async (messages, context) => {
      const { stopReason, usage, messages: said } = await runWithin(team, messages, context)
      if (stopReason.kind === 'input') return { kind: 'input', prompt: stopReason.text }
      const last = saidWithin(said, messages).at(-1)
      const own = { id: context.nextId(), source: team.name, usage }
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

/** What was said, without the messages it began with. */
export function saidWithin(
  said: readonly ChatMessage[],
  begunWith: readonly ChatMessage[],
): readonly ChatMessage[] {
  const ids = new Set(begunWith.map(({ id }) => id))
  return said.filter(({ id }) => !ids.has(id))
}

/**
 * One run of a team within a turn. Messages are shown as they come. Rejects with
 * HEDDLE_REQUEST_FAILED when the run fails.
 */
export async function runWithin(
  team: Team,
  messages: readonly ChatMessage[],
  context: ChatContext,
): Promise<TaskResult> {
  const { plan, clock, members } = partsOf(team)
  const kept = (context.state[`team:${team.name}`] as unknown as Within | undefined) ?? {
    team: newTeamState(plan.flow.initial),
    thread: [],
    members: {},
  }
  context.state[`team:${team.name}`] = kept as unknown as Plain
  const over = new AbortController()
  const signal = AbortSignal.any([context.signal, over.signal])
  const machine = machineWithin(team, kept, messages, context, signal)
  const inTurn = pLimit(1) // one at a time, as the turns of a manager
  const stopAlarms = setAlarms(plan, clock, (atMs) => {
    const looking = inTurn(async () => {
      if (await machine.look({ stopAsked: false, atMs })) over.abort('its run has ended')
    })
    looking.catch(() => {}) // the enclosing turn was cancelled meanwhile, and reports that itself
  })
  try {
    const { key } = context
    const input = context.input === undefined ? {} : { '': context.input }
    const isAnswer = context.input !== undefined
    const beginning = { messages: isAnswer ? [] : messages, input, token: key, owner: key }
    let speaks = await inTurn(() => machine.begin(beginning))
    for (;;) {
      if (speaks.length === 0) speaks = await inTurn(() => machine.decide())
      if (speaks.length === 0) break
      const outer = { ...context, signal, emit: context.emit }
      const answers = await Promise.all(
        speaks.map(async (speak): Promise<Answer> => {
          const agent = members.get(speak.to) as ChatAgent
          const end = await speakWithin(agent, speak, kept.members, outer)
          return { ask: speak.ask, by: speak.to, ...end }
        }),
      )
      speaks = []
      for (const answer of answers) {
        speaks.push(...(await inTurn(() => machine.spoke(answer))))
      }
    }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!over.signal.aborted) throw error
  } finally {
    stopAlarms()
  }
  return resultOf(machine, team.name)
}

function machineWithin(
  team: Team,
  kept: Within,
  given: readonly ChatMessage[],
  context: ChatContext,
  signal: AbortSignal,
): TeamMachine {
  const { plan, clock } = partsOf(team)
  const isGiven = new Set<unknown>(given)
  return new TeamMachine(plan, kept.team, new ListThread(kept.thread), {
    key: `${context.key}/${team.name}`,
    signal,
    ending: signal,
    spending: context.spending,
    now: () => clock.wallNow(),
    emit: (item) => {
      if (!isGiven.has(item)) context.emit(item) // the given messages were shown by the caller
    },
  })
}

function resultOf({ result }: TeamMachine, team: string): TaskResult {
  if (result === undefined) throw defect(`the team '${team}' stopped without a reason`)
  const { stopReason } = result
  if (stopReason.kind !== 'failed') return result
  const { source: agent, error } = stopReason
  const fields = { agent, request: team, problem: error.message }
  throw new HeddleError('HEDDLE_REQUEST_FAILED', fields, { cause: errorFromRecord(error) })
}

/**
 * One turn of an agent within the turn of another. Its state is read from `kept`, and written back
 * when the turn has succeeded.
 */
export async function speakWithin(
  agent: ChatAgent,
  { messages, forgets, input, left }: Pick<Speak, 'messages' | 'forgets' | 'input' | 'left'>,
  kept: Record<string, SavedAgent>,
  outer: Pick<ChatContext, 'key' | 'signal' | 'spending' | 'emit'>,
): Promise<TurnEnd> {
  const { name } = agent
  const before = forgets ? undefined : kept[name]
  const history = new ListHistory(before?.history)
  const state = copyOf(before?.state ?? {})
  const { signal } = outer
  const key = `${outer.key}/${name}`
  let ids = kept[name]?.ids ?? 0
  const end = await takeTurn(agent, messages, {
    key,
    history,
    state,
    input: input ?? undefined,
    purse: new Purse(left, outer.spending),
    signal: () => signal,
    ending: signal,
    throwIfCancelled: () => signal.throwIfAborted(),
    nextId: () => `${key}#${++ids}`,
    show: (item) => {
      // the enclosing agent asks in its place
      if (item.kind !== 'input-requested') outer.emit(item)
    },
  })
  // nothing waits for the turn any more
  if (end.outcome.kind === 'failed' || signal.aborted) return end
  kept[name] = { version: 1, history: history.read(), state: copyOf(state), ids, waiting: null }
  return end
}

/** A thread in a list that the caller keeps. */
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
