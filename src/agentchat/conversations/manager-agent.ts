/**
 * A team's manager on a runtime: takes in what was said, and asks the next speakers. There is one
 * manager for each conversation, and its key is the conversation's.
 */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import { defineAgent } from '../../agents/define-agent.ts'
import type { RetryPolicy } from '../../agents/retry.ts'
import type { Turn } from '../../agents/turn.ts'
import type { Clock } from '../../clock.ts'
import { endingOf } from '../../lane/turn-frame.ts'
import type { KeyedState } from '../../state/keyed-state.ts'
import { TeamMachine } from '../machine/team-machine.ts'
import type { Answer, Beginning, Speak, TeamPlan } from '../machine/team-plan.ts'
import { newTeamState, type TeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { KeyedLog, logField } from './keyed-log.ts'
import {
  Begin,
  Cut,
  Decide,
  type EndedRun,
  GoOn,
  LoadManager,
  Pause,
  Recall,
  type SavedManager,
  Speech,
  Spoke,
  speakerId,
} from './team-protocol.ts'

interface ManagerState {
  team: TeamState
  thread: KeyedState<ChatMessage>
  /** Whether anybody watches what is shown. */
  watched: boolean
}

type ManagerTurn = Turn<ManagerState>

/** A step of the machine: names those who speak next. */
type Step = (machine: TeamMachine) => Promise<readonly Speak[]>

/** For heddle's own turns, which never fail because of the conversation. */
export const PERSISTENT: RetryPolicy = { maxAttempts: 5, firstDelayMs: 20 }

export function managerAgent(module: string, plan: TeamPlan, clock: Clock): AgentRegistration {
  const { name, flow } = plan
  const machineOf = (turn: ManagerTurn) => machineIn(turn, plan, clock)
  const step = async (turn: ManagerTurn, by: Step) => {
    const machine = machineOf(turn)
    const speaks = await by(machine)
    sendSpeeches(turn, name, speaks)
    const token = turn.state.team.run?.token
    if (speaks.length > 0 || token === undefined || !machine.isUndecided) return
    turn.publish(Decide({ token }), { type: name, source: turn.key }, { toSelf: true })
  }
  const cut = async (turn: ManagerTurn, { token, reason }: EndedRun) => {
    if (!isOf(turn, token) || turn.state.team.run?.status === 'ended') return
    const machine = machineOf(turn)
    machine.cut(reason)
    await hearTheUnheard(turn, name, machine)
  }
  return defineAgent(module, {
    type: name,
    description: `Manages the team '${name}'.`,
    retry: PERSISTENT, // an answer that the manager failed to take in would be lost
    subscriptions: [{ topic: name }],
    state: { team: newTeamState(flow.initial), thread: logField<ChatMessage>(), watched: true },
    handlers: (on) => [
      on(Begin, async ({ watched, after, ...beginning }, turn) => {
        if (after !== null) await cut(turn, after as EndedRun)
        if (isTaken(turn.state.team, beginning.owner)) return
        turn.state.watched = watched
        await step(turn, (machine) => machine.begin(beginning as Beginning))
      }),
      on(Decide, async ({ token }, turn) => {
        if (isOf(turn, token)) await step(turn, (machine) => machine.decide())
      }),
      on(GoOn, async ({ token }, turn) => {
        if (isOf(turn, token)) await step(turn, (machine) => machine.goOn())
      }),
      on(Spoke, (answer, turn) => step(turn, (machine) => machine.spoke(answer as Answer))),
      on(Pause, ({ token }, turn) => {
        if (isOf(turn, token)) machineOf(turn).pause()
      }),
      on(Cut, (ended, turn) => cut(turn, ended as EndedRun)),
      on(LoadManager, ({ saved, owner }, { state }) => {
        if (isTaken(state.team, owner)) return false
        load(state, saved as SavedManager | null, plan)
        return true
      }),
    ],
  })
}

/** The team's machine, for the steps of this turn. */
function machineIn(turn: ManagerTurn, plan: TeamPlan, clock: Clock): TeamMachine {
  const { watched, team, thread } = turn.state
  return new TeamMachine(plan, team, new KeyedLog<ChatMessage>(thread), {
    key: turn.key,
    get signal() {
      return turn.signal
    },
    get ending() {
      return endingOf(turn as never)
    },
    now: () => clock.wallNow(),
    emit: (item) => {
      if (watched) turn.emit(item)
    },
  })
}

function sendSpeeches(turn: ManagerTurn, team: string, speaks: readonly Speak[]): void {
  const { key: conversation, state } = turn
  for (const speak of speaks) {
    const { type, key: source } = speakerId(team, conversation, speak.to)
    turn.publish(Speech({ ...speak, conversation, watched: state.watched }), { type, source })
  }
}

/** Whether the manager's present run is the one with this token. */
function isOf({ state }: ManagerTurn, token: string): boolean {
  return state.team.run?.token === token
}

/** Takes in answers that speakers have given and that never arrived. */
async function hearTheUnheard(
  turn: ManagerTurn,
  team: string,
  machine: TeamMachine,
): Promise<void> {
  for (const { name, ask } of machine.unheard) {
    const speaker = speakerId(team, turn.key, name)
    const answer = await turn.send(Recall({ ask }), speaker).catch(() => null)
    turn.throwIfCancelled()
    if (answer !== null) await machine.spoke(answer as Answer)
  }
}

function load(state: ManagerState, saved: SavedManager | null, { flow }: TeamPlan): void {
  const log = new KeyedLog<ChatMessage>(state.thread)
  log.cut(0)
  log.append(saved?.thread ?? [])
  const team = saved === null ? newTeamState(flow.initial) : structuredClone(saved.state)
  state.team = team
  const { run } = team
  if (run !== null) run.status = 'ended' // the caller that paused it is in another process
}

/** Whether another owner's run is under way. */
function isTaken({ run }: TeamState, owner: string): boolean {
  return run !== null && run.status !== 'ended' && run.owner !== owner
}
