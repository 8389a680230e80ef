/** What a team keeps of a conversation: plain data, with which any process can go on. */

import { copyOf, type Plain } from '../../messages/plain.ts'
import { NO_USAGE, type Usage } from '../../models/model.ts'
import type { SpokenOutcome } from '../agents/agent-turn.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { ChatStopReason, InputRequest } from '../runs/task.ts'
import type { Answers, TeamPlan } from './team-plan.ts'

/** A step: the speakers that speak at the same time. */
export interface Step {
  readonly names: readonly string[]
  /** The length of the thread when the speakers were asked. */
  readonly upTo: number
  /**
   * The numbers that identify the answers of this step: a speaker that is asked again is asked
   * under another number.
   */
  readonly asks: Record<string, number>
  /** How much of the thread a speaker has heard that was told more while it spoke. */
  readonly heard: Record<string, number>
  /** Identifies the step: the same number when its speakers are asked again. */
  readonly about: number
  readonly outcomes: Record<string, SpokenOutcome>
  /**
   * What humans have answered, by the speaker that asked and by request id, until that speaker has
   * spoken.
   */
  readonly answers: Record<string, Answers>
}

/** What a flow has not decided about yet: a task, or what was said in a step. */
export interface FlowNews {
  readonly kind: 'task' | 'spoke'
  readonly messages: readonly ChatMessage[]
}

/** One run, from its task to its stop reason. What belongs to it ends with it. */
export interface RunState {
  /** Identifies the run for the caller that began it. */
  readonly token: string
  readonly owner: string
  readonly beganAt: number
  /** The index of its first message in the thread. */
  from: number
  turns: number
  toolCalls: number
  usage: Usage
  condition: Plain
  status: 'running' | 'paused' | 'ended'
  isPauseAsked: boolean
  stopReason: ChatStopReason | null
}

/** What a team keeps in addition to the thread. */
export interface TeamState {
  /** How often speakers have been asked. */
  asks: number
  /**
   * How many ids were given out and how many model calls were made on behalf of the team itself.
   */
  ids: number
  calls: number
  flow: Record<string, Plain>
  run: RunState | null
  /** Null between steps. Kept when a run is cut in the middle of a step. */
  step: Step | null
  /** What the flow is to decide about next. Kept until it has decided. */
  news: FlowNews | null
  /** How much of the thread each speaker has seen. */
  cursors: Record<string, number>
  /** The speakers that must forget what they have heard before they speak again. */
  forgetful: string[]
}

/** A run that begins, with nothing said yet. */
export function newRun(
  { stopWhen }: Pick<TeamPlan, 'stopWhen'>,
  begins: Pick<RunState, 'token' | 'owner' | 'beganAt' | 'from'>,
): RunState {
  return {
    ...begins,
    turns: 0,
    toolCalls: 0,
    usage: NO_USAGE,
    status: 'running',
    isPauseAsked: false,
    condition: stopWhen?.initial ?? null,
    stopReason: null,
  }
}

/** The speakers of a step that have neither spoken nor asked a human. */
export function silentIn({ names, outcomes }: Step): readonly string[] {
  return names.filter((name) => outcomes[name] === undefined)
}

/** The speakers of a step that were asked and are silent, each with the number of the ask. */
export function unheardIn(step: Step | null): { readonly name: string; readonly ask: number }[] {
  if (step === null) return []
  return silentIn(step).map((name) => ({ name, ask: step.asks[name] as number }))
}

/** Whether the flow is to decide who speaks next. */
export function isUndecided({ run, step }: TeamState): boolean {
  return run?.status === 'running' && step === null
}

/** The requests of a step that nobody has answered yet. */
export function openRequests(step: Step | null): InputRequest[] {
  return Object.values(step?.outcomes ?? {}).flatMap((one) => {
    return one.kind === 'input' ? one.requests : []
  })
}

export function newTeamState(flow: Readonly<Record<string, Plain>>): TeamState {
  const refuse = (problem: string) => refuseChat('team', `of what its flow begins with, ${problem}`)
  return {
    asks: 0,
    ids: 0,
    calls: 0,
    run: null,
    step: null,
    news: null,
    flow: copyOf(flow, refuse),
    cursors: {},
    forgetful: [],
  }
}
