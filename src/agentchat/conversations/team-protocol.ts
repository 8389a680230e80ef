/** All messages and requests between the parts of a team, and to them from outside. */
import { defineMessage, defineRequest } from '../../messages/message.ts'
import type { Schema } from '../../messages/schema.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import type { Answer, Beginning, Looking, Speak } from '../machine/team-plan.ts'
import type { TeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { ChatStopReason, InputRequest, TaskResult } from '../runs/task.ts'

/** A schema for payloads that heddle itself makes, which are not checked again. */
function unchecked<T>(): Schema<T> {
  const validate = (value: unknown) => ({ value: value as T })
  return { '~standard': { version: 1, vendor: 'heddle', validate } }
}

/** A manager as it can be saved. */
export interface SavedManager {
  readonly state: TeamState
  readonly thread: readonly ChatMessage[]
}

/** The status of a run. */
export type RunStatus =
  /** There is no run with this token. */
  | { readonly kind: 'none' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'ended'; readonly result: TaskResult }

/** To the manager. `watched`: whether anybody watches what is shown. */
export const Begin = defineMessage(
  'heddle.chat.begin',
  unchecked<Beginning & { readonly watched: boolean }>(),
)
export const GoOn = defineMessage('heddle.chat.go-on')
export const Spoke = defineMessage('heddle.chat.spoke', unchecked<Answer>())
/** To a speaker. */
export const Speech = defineMessage(
  'heddle.chat.speak',
  unchecked<Speak & { readonly conversation: string; readonly watched: boolean }>(),
)

/**
 * Checks the time of the run with this token, and whether a stop is requested. Replies whether the
 * run has ended.
 */
export const Look = defineRequest('heddle.chat.look', {
  payload: unchecked<Looking & { readonly token: string }>(),
  reply: unchecked<boolean>(),
})
export const Pause = defineRequest('heddle.chat.pause', { reply: unchecked<boolean>() })
/**
 * Nothing of the run with this token is under way any more. The run ends with this reason, unless
 * it has ended already, or is paused and should stay so.
 */
export const Settle = defineRequest('heddle.chat.settle', {
  payload: unchecked<{
    readonly token: string
    readonly reason: ChatStopReason
    readonly paused: 'stays' | 'ends'
  }>(),
  reply: unchecked<RunStatus>(),
})
/** The requests of the last run that nobody has answered yet. */
export const OpenRequests = defineRequest('heddle.chat.open-requests', {
  reply: unchecked<readonly InputRequest[]>(),
})
/** To a speaker: its answer under this number, if it gave one. */
export const Recall = defineRequest('heddle.chat.recall', {
  payload: unchecked<{ readonly ask: number }>(),
  reply: unchecked<Answer | null>(),
})
export const SaveManager = defineRequest('heddle.chat.save-manager', {
  reply: unchecked<SavedManager>(),
})
/**
 * `null`: as at the beginning. Replies whether it was loaded: not while another owner's run is
 * under way.
 */
export const LoadManager = defineRequest('heddle.chat.load-manager', {
  payload: unchecked<{ readonly saved: unknown; readonly owner: string }>(),
  reply: unchecked<boolean>(),
})
export const SaveSpeaker = defineRequest('heddle.chat.save-speaker', {
  reply: unchecked<SavedAgent>(),
})
/** A `SavedAgent`; `null`: as at the beginning. */
export const LoadSpeaker = defineRequest('heddle.chat.load-speaker', {
  payload: unchecked<unknown>(),
  reply: unchecked<boolean>(),
})
