/**
 * A team's manager on a runtime: takes in what was said, and asks the next speakers. There is one
 * manager for each conversation, and its key is the conversation's. The manager of a team that is
 * part of another one is asked by the part above it, and tells it how its run has ended.
 */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import { defineAgent } from '../../agents/define-agent.ts'
import type { RetryPolicy } from '../../agents/retry.ts'
import type { Turn } from '../../agents/turn.ts'
import { endingOf, onceIfKept } from '../../lane/within-turn.ts'
import { hasAlarms } from '../machine/alarms.ts'
import { TeamMachine } from '../machine/team-machine.ts'
import type { Answer, Beginning, Speak } from '../machine/team-plan.ts'
import { newTeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { KeyedLog, logField } from './keyed-log.ts'
import { answerOf, hear, mostOf } from './manager-below.ts'
import { isTaken, load, type ManagerState, noteFacts, reset, skipUsed } from './manager-state.ts'
import { limitsOf, type Member, type TeamMember, topicAbove, withLimitOf } from './members.ts'
import { askBelow, cutBelow, pauseBelow, steerBelow } from './parts-below.ts'
import {
  type Asked,
  Begin,
  Cut,
  Decide,
  type EndedRun,
  GoOn,
  LoadManager,
  News,
  Pause,
  Recall,
  type RunBegan,
  type SavedManager,
  Speech,
  Spoke,
  Steer,
} from './team-protocol.ts'

type ManagerTurn = Turn<ManagerState>

/** A step of the machine: names those who speak next. */
type Step = (machine: TeamMachine) => readonly Speak[] | Promise<readonly Speak[]>

/** For heddle's own turns, which never fail because of the conversation. */
export const PERSISTENT: RetryPolicy = { maxAttempts: 5, firstDelayMs: 20 }

export function managerAgent(module: string, member: TeamMember): AgentRegistration {
  const { type, plan } = member
  return defineAgent(module, {
    type,
    description: `Manages the team '${plan.name}'.`,
    ...limitsOf(member),
    retry: PERSISTENT, // an answer that the manager failed to take in would be lost
    subscriptions: [{ topic: type }],
    state: {
      team: newTeamState(plan.flow.initial),
      thread: logField<ChatMessage>(),
      watched: true,
      asked: null as Asked | null,
      answer: null as Answer | null,
      numbered: 0,
    },
    handlers: (on) => [
      on(Begin, async ({ watched, after, ...beginning }, turn) => {
        if (after !== null) await cut(turn, member, after as EndedRun)
        if (isTaken(turn.state.team, beginning.owner)) return
        turn.state.watched = watched
        await step(turn, member, (machine) => machine.begin(beginning as Beginning))
      }),
      on(Speech, async ({ watched, numbered, ...speak }, turn) => {
        noteFacts(turn.state, { watched, numbered })
        await step(turn, member, (machine) => hear(machine, turn.state, speak as Speak))
        const { run } = turn.state.team
        if (!hasAlarms(plan) || run?.status !== 'running') return
        const { token, beganAt } = run
        const elapsedMs = member.clock.wallNow() - beganAt
        const began: RunBegan = { kind: 'heddle.run-began', key: turn.key, token, elapsedMs }
        turn.emit(began)
      }),
      on(Decide, async ({ token }, turn) => {
        if (isOf(turn, token)) await step(turn, member, (machine) => machine.decide())
      }),
      on(GoOn, async ({ token }, turn) => {
        if (isOf(turn, token)) await step(turn, member, (machine) => machine.goOn())
      }),
      on(Spoke, (answer, turn) => step(turn, member, (machine) => machine.spoke(answer as Answer))),
      on(Pause, ({ token }, turn) => {
        if (isOf(turn, token)) pause(turn, member)
      }),
      on(Steer, async ({ token, messages, isPart, watched }, turn) => {
        if (!isOf(turn, token)) return
        turn.state.watched ||= watched
        await steer(turn, member, messages as readonly ChatMessage[], isPart)
      }),
      on(News, ({ by, ask, from }, turn) => machineIn(turn, member).news(by, ask, from)),
      on(Cut, (ended, turn) => cut(turn, member, ended as EndedRun)),
      on(Recall, ({ ask }, { state: { answer } }) => (answer?.ask === ask ? answer : null)),
      on(LoadManager, ({ saved, owner, covered }, { state }) => {
        if (owner !== null && isTaken(state.team, owner)) return false
        if (saved === null) reset(state, plan, covered, owner === null)
        else load(state, saved as SavedManager)
        return true
      }),
    ],
  })
}

async function step(turn: ManagerTurn, member: TeamMember, by: Step): Promise<void> {
  const machine = machineIn(turn, member)
  const speaks = await by(machine)
  const { state, key: source } = turn
  for (const speak of speaks) askBelow(turn, memberOf(member, speak.to), speak, state)
  tellAbove(turn, member, machine)
  const token = state.team.run?.token
  if (speaks.length > 0 || token === undefined || !machine.isUndecided) return
  turn.publish(Decide({ token }), { type: member.type, source }, { toSelf: true })
}

/** Tells the part above how the run has ended, if it has and the part above waits for that. */
function tellAbove(turn: ManagerTurn, member: TeamMember, machine: TeamMachine): void {
  const { state } = turn
  if (state.asked?.isOpen !== true || state.team.run?.status !== 'ended') return
  const answer = answerOf(member, state, machine, (message) => {
    if (state.watched) turn.emit(message)
  })
  turn.publish(Spoke(answer), topicAbove(member, turn.key))
}

async function cut(
  turn: ManagerTurn,
  member: TeamMember,
  { token, reason, tells = false }: EndedRun & { readonly tells?: boolean },
): Promise<void> {
  const { state } = turn
  if (!isOf(turn, token) || state.team.run?.status === 'ended') return
  const machine = machineIn(turn, member)
  machine.cut(reason)
  for (const { name, ask } of machine.unheard) {
    const answer = await cutBelow(turn, memberOf(member, name), ask, reason)
    if (answer !== null) await machine.spoke(answer)
  }
  if (tells) return tellAbove(turn, member, machine)
  const { asked, team } = state
  if (asked === null || team.run === null) return
  const { usage, toolCalls } = team.run // what the run that was cut has counted
  state.asked = { ...asked, told: { usage, toolCalls }, isOpen: false }
}

/** Those who speak hear it when they ask for it; a team that takes part is told. */
async function steer(
  turn: ManagerTurn,
  member: TeamMember,
  given: readonly ChatMessage[],
  isPart: boolean,
): Promise<void> {
  await step(turn, member, async (machine) => {
    const messages = await machine.steer(given, isPart)
    if (messages.length === 0) return []
    for (const { name, ask } of machine.unheard) {
      const to = memberOf(member, name)
      if (to.kind !== 'team') continue
      steerBelow(turn, to, ask, messages, turn.state.watched)
      machine.told(name)
    }
    return []
  })
}

function pause(turn: ManagerTurn, member: TeamMember): void {
  const machine = machineIn(turn, member)
  machine.pause()
  for (const { name, ask } of machine.unheard) pauseBelow(turn, memberOf(member, name), ask)
}

/** The team's machine, for the steps of this turn. */
function machineIn(turn: ManagerTurn, member: TeamMember): TeamMachine {
  const { plan, clock } = member
  const { watched, team, thread, asked, numbered } = turn.state
  return new TeamMachine(plan, skipUsed(team, numbered), new KeyedLog<ChatMessage>(thread), {
    key: turn.key,
    get signal() {
      return turn.signal
    },
    get ending() {
      return endingOf(turn as never)
    },
    get allowance() {
      return mostOf(turn.state.asked ?? asked)
    },
    now: () => clock.wallNow(),
    withLimit: (call) => withLimitOf(member, turn, call),
    once: (name, run) => onceIfKept(turn, name, run),
    emit: (item) => {
      if (watched) turn.emit(item)
    },
  })
}

function memberOf({ members }: TeamMember, name: string): Member {
  return members.get(name) as Member // the machine names only those who take part
}

/** Whether the manager's present run is the one with this token. */
function isOf({ state }: ManagerTurn, token: string): boolean {
  return state.team.run?.token === token
}
