/**
 * A team that is part of another one, or that an agent asks: how its manager takes in what the part
 * above asks, and what it answers.
 */
import { type Allowance, NOTHING_SPENT, type Spent, tokensOf } from '../agents/purse.ts'
import type { TeamMachine } from '../machine/team-machine.ts'
import type { Answer, Speak } from '../machine/team-plan.ts'
import type { RunState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { ChatStopReason } from '../runs/task.ts'
import { KeyedLog } from './keyed-log.ts'
import type { ManagerState } from './manager-state.ts'
import type { TeamMember } from './members.ts'
import { type Asked, tokenOf } from './team-protocol.ts'

/**
 * Takes in what the part above asks. When the same is asked again, the run that it began goes on,
 * or its answer is given again.
 */
export function hear(
  machine: TeamMachine,
  state: ManagerState,
  { ask, about, left, messages, forgets, answers, whole = false }: Speak,
): readonly Speak[] | Promise<readonly Speak[]> {
  const token = tokenOf(ask)
  if (state.asked?.about === about) {
    state.asked = { ...state.asked, ask, left, isOpen: true }
    if (state.answer?.outcome.kind === 'message') return []
    return machine.takeUp(token, answers, messages)
  }
  const heard = heardIn(state)
  if (forgets) machine.forget()
  const news = forgets ? messages : messages.filter(({ id }) => !heard.has(id))
  state.answer = null
  const from = state.thread.size + news.length
  const given = news.length
  state.asked = { ask, about, left, whole, given, from, told: NOTHING_SPENT, isOpen: true }
  return machine.begin({ messages: news, input: {}, token, owner: '', isPart: true })
}

/**
 * The messages that the team was asked with and has not answered: the part above drops what it had
 * asked when another task comes, and takes them for unheard.
 */
function heardIn({ asked, answer, thread }: ManagerState): ReadonlySet<string> {
  if (asked === null || answer?.outcome.kind === 'message') return new Set()
  const since = new KeyedLog<ChatMessage>(thread).read(asked.from - asked.given)
  return new Set(since.map(({ id }) => id))
}

/** What the run may use in all, in its own counts; undefined: there is no part above. */
export function mostOf(asked: Asked | null): Allowance | undefined {
  if (asked === null) return undefined
  const { left, told } = asked
  return {
    tokens: left.tokens === null ? null : left.tokens + tokensOf(told.usage),
    toolCalls: left.toolCalls === null ? null : left.toolCalls + told.toolCalls,
  }
}

/** The answer to the part above, of a run that has ended. It is kept in the state. */
export function answerOf(
  member: TeamMember,
  state: ManagerState,
  machine: TeamMachine,
  show: (message: ChatMessage) => void,
): Answer {
  const asked = state.asked as Asked
  const { ask } = asked
  const before = state.answer
  state.asked = { ...asked, isOpen: false }
  if (before?.outcome.kind === 'message') {
    state.answer = { ...before, ask, ...NOTHING_SPENT } // what it has used was told with it
    return state.answer
  }
  const run = state.team.run as RunState
  const { usage, toolCalls } = run
  const used = sinceTold(run, asked.told)
  state.asked = { ...state.asked, told: { usage, toolCalls } }
  const reason = run.stopReason as ChatStopReason
  const answer = { ask, by: member.name, ...used }
  if (isOuterBudget(member, asked, reason)) {
    state.answer = { ...answer, outcome: { kind: 'failed', reason } }
  } else if (reason.kind === 'failed') {
    const source = reason.source === member.plan.name ? member.path : reason.source
    state.answer = { ...answer, outcome: { kind: 'failed', reason: { ...reason, source } } }
  } else if (reason.kind === 'input') {
    state.answer = { ...answer, outcome: { kind: 'input', requests: reason.requests } }
  } else {
    const said = new KeyedLog<ChatMessage>(state.thread).read(asked.from)
    const own = { id: machine.nextId(), source: member.name, usage: used.usage }
    const message = lastSaid(said, own)
    if (member.isParticipant) show(message)
    const outcome = { kind: 'message' as const, message, events: [] }
    state.answer = { ...answer, outcome, ...(asked.whole && { said }) }
  }
  return state.answer
}

/**
 * Whether the run has used up the tool calls of the one that it is part of: that one ends as well.
 * It sees its tokens itself, which are counted after a call.
 */
function isOuterBudget({ plan }: TeamMember, asked: Asked, reason: ChatStopReason): boolean {
  if (reason.kind !== 'budget' || reason.what !== 'toolCalls') return false
  const outer = mostOf(asked)?.toolCalls ?? Number.POSITIVE_INFINITY
  return outer <= (plan.budget.toolCalls ?? Number.POSITIVE_INFINITY)
}

/** The answer of a team: the last message that was said in it, as one of its own. */
export function lastSaid(
  said: readonly ChatMessage[],
  own: Pick<ChatMessage, 'id' | 'source' | 'usage'>,
): ChatMessage {
  const nothing = { kind: 'text' as const, content: 'Nobody had anything to say.' }
  return { ...(said.at(-1) ?? nothing), ...own }
}

/** What a run has used since the part above was told. */
export function sinceTold({ usage, toolCalls }: Spent, told: Spent): Spent {
  return {
    usage: {
      promptTokens: usage.promptTokens - told.usage.promptTokens,
      completionTokens: usage.completionTokens - told.usage.completionTokens,
    },
    toolCalls: toolCalls - told.toolCalls,
  }
}
