/** What a team's manager keeps of a conversation. */
import type { KeyedState } from '../../state/keyed-state.ts'
import type { Answer, TeamPlan } from '../machine/team-plan.ts'
import { newTeamState, type TeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { KeyedLog } from './keyed-log.ts'
import type { Asked, SavedManager, SpeechFacts } from './team-protocol.ts'

export interface ManagerState {
  team: TeamState
  thread: KeyedState<ChatMessage>
  /** Whether anybody watches what is shown. */
  watched: boolean
  /** What the part above has asked. Null: the team is run itself. */
  asked: Asked | null
  /** The last answer to the part above, which may not have arrived. */
  answer: Answer | null
  /**
   * Numbers up to this one were used before the conversation was reset, in it or in a part of it,
   * and are not used again: what is outside knows messages and calls by them. It is all that a
   * reset conversation keeps.
   */
  numbered: number
}

export function noteFacts(state: ManagerState, { watched, numbered }: SpeechFacts): void {
  state.watched = watched
  state.numbered = Math.max(state.numbered, numbered)
}

/** Numbers of before a reset are not used again. */
export function skipUsed(team: TeamState, numbered: number): TeamState {
  if (team.asks < numbered) team.asks = numbered
  if (team.ids < numbered) team.ids = numbered
  return team
}

/** As at the beginning. The manager of the whole keeps which numbers the parts have used. */
export function reset(state: ManagerState, { flow }: TeamPlan, covered: number, isPart: boolean) {
  const { asks, ids } = state.team
  const used = Math.max(asks, ids, state.numbered)
  new KeyedLog<ChatMessage>(state.thread).clear()
  state.team = newTeamState(flow.initial)
  state.watched = true
  state.asked = null
  state.answer = null
  if (isPart) state.numbered = used > covered ? used : 0
  else state.numbered = Math.max(used, covered)
}

export function load(state: ManagerState, saved: SavedManager): void {
  const log = new KeyedLog<ChatMessage>(state.thread)
  log.clear()
  log.append(saved.thread)
  const { asks, ids } = state.team
  const team = structuredClone(saved.state)
  team.asks = Math.max(team.asks, asks) // no number is given twice in one conversation
  team.ids = Math.max(team.ids, ids)
  state.team = team
  const { run } = team
  if (run !== null) run.status = 'ended' // the caller that paused it is in another process
  const { asked = null, answer = null, numbered = 0 } = saved
  state.asked = asked === null ? null : { ...asked, isOpen: false }
  state.answer = answer
  state.numbered = Math.max(state.numbered, numbered)
}

/** Whether another owner's run is under way. */
export function isTaken({ run }: TeamState, owner: string): boolean {
  return run !== null && run.status !== 'ended' && run.owner !== owner
}
