/** What a team keeps of a conversation: plain data, from which any process can go on. */
import type { Usage } from '../../models/model.ts'
import type { SpokenOutcome } from '../agents/agent-turn.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { copyOf, type Plain } from '../messages/plain.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { ChatStopReason, InputRequest } from '../runs/task.ts'

/** Those who speak at once. */
export interface Step {
  readonly names: readonly string[]
  /** How long the thread was when they were asked. */
  readonly upTo: number
  /**
   * By which an answer is known to be of this step: whoever is asked again is asked under another
   * number.
   */
  readonly asks: Record<string, number>
  readonly outcomes: Record<string, SpokenOutcome>
}

/** One run, from its task to its stop reason. What belongs to it ends with it. */
export interface RunState {
  /** By which whoever began it knows it again. */
  readonly token: string
  readonly owner: string
  readonly beganAt: number
  /** The place of its first message in the thread. */
  from: number
  turns: number
  toolCalls: number
  usage: Usage
  condition: Plain
  status: 'running' | 'paused' | 'ended'
  isPauseAsked: boolean
  stopReason: ChatStopReason | null
}

/** Beside the thread. */
export interface TeamState {
  /** Speakers asked. */
  asks: number
  /** Ids given out, and models called, in the team's own name. */
  ids: number
  calls: number
  flow: Record<string, Plain>
  run: RunState | null
  /** Undefined between steps. Kept when a run is cut in its midst. */
  step: Step | null
  /** What was said in the last step, if the flow has not been told. */
  untold: readonly ChatMessage[] | null
  /** Up to where in the thread each speaker has seen it. */
  cursors: Record<string, number>
  /** Those who are to forget what they have heard, before they speak again. */
  forgetful: string[]
}

/** What was asked in a step, and nobody has answered yet. */
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
