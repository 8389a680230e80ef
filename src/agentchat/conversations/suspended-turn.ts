/**
 * A speaker's turn that has asked teams: which of them it asks next, and what they have answered.
 * Each is a conversation of its own below the speaker. Asks of one team run one after the other.
 */
import { addUsage } from '../../models/model.ts'
import { answersFor, type InnerAnswer, isDone, requestsIn } from '../agents/asking.ts'
import { NOTHING_SPENT, tokensOf } from '../agents/purse.ts'
import type { Answer, Answers, Speak } from '../machine/team-plan.ts'
import type { InputRequest } from '../runs/task.ts'
import type { AgentMember, TeamMember } from './members.ts'
import { askBelow, cutBelow, pauseBelow } from './parts-below.ts'
import type { AskedOf, Before, SpeakerTurn, Suspended } from './speaker-state.ts'
import { type EndedRun, tokenOf } from './team-protocol.ts'

export function newSuspended(
  { ask, about, messages, upTo: heard, left }: Speak,
  watched: boolean,
  before: Before,
): Suspended {
  const events: Suspended['events'] = []
  const own = { ask, about, messages, heard, left, watched }
  return { ...own, asks: [], spent: NOTHING_SPENT, events, before }
}

/** The turn when it is asked again: nothing that it has asked is under way. */
export function takeUp(suspended: Suspended, { ask, left }: Speak, watched: boolean): Suspended {
  const asks = suspended.asks.map((one) => (one.answer === null ? { ...one, ask: null } : one))
  return { ...suspended, ask, left, watched, asks }
}

/** Asks the teams that can be asked now; `answers`: what humans have answered. */
export function askNext(turn: SpeakerTurn, member: AgentMember, answers: Answers): void {
  const { state } = turn
  const suspended = state.suspended as Suspended
  const busy = new Set<string>()
  const asks = suspended.asks.map((one): AskedOf => {
    if (isDone(one.answer) || busy.has(one.to)) return one
    busy.add(one.to)
    const given = answersFor(one.answer, answers)
    if (one.ask !== null && given === undefined) return one
    const ask = ++state.asks
    const { to, about, messages, afresh: forgets, whole } = one
    const left = leftOf(suspended)
    const asked = { messages, upTo: messages.length, answers: given ?? {} }
    const speak = { to, ask, about, ...asked, forgets, left, whole }
    askBelow(turn, member.members.get(to) as TeamMember, speak, {
      watched: suspended.watched,
      numbered: state.numbered,
    })
    return { ...one, ask, answer: null }
  })
  state.suspended = { ...suspended, asks }
}

/** Takes in an answer. Returns whether the turn waits for it. */
export function tookIn({ state }: SpeakerTurn, answer: Answer): boolean {
  const { suspended } = state
  const isIt = ({ ask }: AskedOf) => ask === answer.ask
  if (suspended?.asks.some(isIt) !== true) return false
  const asks = suspended.asks.map((one) => (isIt(one) ? { ...one, answer } : one))
  const spent = {
    usage: addUsage(suspended.spent.usage, answer.usage),
    toolCalls: suspended.spent.toolCalls + answer.toolCalls,
  }
  state.suspended = { ...suspended, asks, spent }
  return true
}

/** What humans are asked by the teams. */
export function requestsOf({ asks }: Suspended): InputRequest[] {
  return asks.flatMap(({ answer }) => requestsIn(answer))
}

/** What the teams have answered, once all have. */
export function answered({ asks }: Suspended): InnerAnswer[] {
  return asks.map(({ answer }) => {
    const { outcome, usage, said } = answer as Answer
    return { outcome: outcome as InnerAnswer['outcome'], usage, ...(said && { said }) }
  })
}

/** The run of the speaker's turn was cut: so is what it has asked. */
export async function cutAsked(
  turn: SpeakerTurn,
  member: AgentMember,
  { token, reason }: EndedRun,
): Promise<void> {
  for (const { to, ask } of underWay(turn, token)) {
    const answer = await cutBelow(turn, member.members.get(to) as TeamMember, ask, reason)
    if (answer !== null) tookIn(turn, answer)
  }
  const { suspended } = turn.state
  if (suspended === null || tokenOf(suspended.ask) !== token) return
  // what it has used is counted in the run that was cut
  turn.state.suspended = { ...suspended, spent: NOTHING_SPENT }
}

export function pauseAsked(turn: SpeakerTurn, member: AgentMember, token: string): void {
  for (const { to, ask } of underWay(turn, token)) {
    pauseBelow(turn, member.members.get(to) as TeamMember, ask)
  }
}

function underWay({ state }: SpeakerTurn, token: string) {
  const { suspended } = state
  if (suspended === null || tokenOf(suspended.ask) !== token) return []
  return suspended.asks.flatMap(({ to, ask, answer }) => {
    return ask !== null && answer === null ? { to, ask } : []
  })
}

function leftOf({ left, spent }: Suspended): Suspended['left'] {
  return {
    tokens: left.tokens === null ? null : left.tokens - tokensOf(spent.usage),
    toolCalls: left.toolCalls === null ? null : left.toolCalls - spent.toolCalls,
  }
}
