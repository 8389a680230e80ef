/** What a team's manager keeps of a conversation. */
import type { KeyedState } from '../../state/keyed-state.ts'
import type { Answer, TeamPlan } from '../machine/team-plan.ts'
import { newTeamState, type TeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { KeyedLog } from './keyed-log.ts'
import type { Asked, SavedManager } from './team-protocol.ts'

export interface ManagerState {
  team: TeamState
  thread: KeyedState<ChatMessage>
  /** Whether anybody watches what is shown. */
  watched: boolean
  /** What the part above has asked. Null: the team is run itself. */
  asked: Asked | null
  /** The last answer to the part above, which may not have arrived. */
  answer: Answer | null
}

export function load(state: ManagerState, saved: SavedManager | null, { flow }: TeamPlan): void {
  const log = new KeyedLog<ChatMessage>(state.thread)
  log.clear()
  log.append(saved?.thread ?? [])
  const { asks, ids } = state.team
  const team = saved === null ? newTeamState(flow.initial) : structuredClone(saved.state)
  team.asks = Math.max(team.asks, asks) // no number is given twice in one conversation
  team.ids = Math.max(team.ids, ids)
  state.team = team
  const { run } = team
  if (run !== null) run.status = 'ended' // the caller that paused it is in another process
  const asked = saved?.asked ?? null
  state.asked = asked === null ? null : { ...asked, isOpen: false }
  state.answer = saved?.answer ?? null
}

/** Whether another owner's run is under way. */
export function isTaken({ run }: TeamState, owner: string): boolean {
  return run !== null && run.status !== 'ended' && run.owner !== owner
}
