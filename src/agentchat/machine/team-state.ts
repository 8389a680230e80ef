/** What a team keeps of a conversation: plain data, with which any process can go on. */
import type { Usage } from '../../models/model.ts'
import type { SpokenOutcome } from '../agents/agent-turn.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { copyOf, type Plain } from '../messages/plain.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { ChatStopReason, InputRequest } from '../runs/task.ts'

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
  readonly outcomes: Record<string, SpokenOutcome>
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
  /** What was said in the last step, if the flow has not been given it yet. */
  untold: readonly ChatMessage[] | null
  /** How much of the thread each speaker has seen. */
  cursors: Record<string, number>
  /** The speakers that must forget what they have heard before they speak again. */
  forgetful: string[]
}

/** The requests of a step that nobody has answered yet. */
export function openRequests(step: Step | null): InputRequest[] {
  return Object.values(step?.outcomes ?? {}).flatMap((one) => {
    return one.kind === 'input' && one.answer === undefined ? one.request : []
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
    untold: null,
    flow: copyOf(flow, refuse),
    cursors: {},
    forgetful: [],
  }
}
