/** All messages and requests between the parts of a team, and to them from outside. */
import type { AgentId } from '../../ids/agent-id.ts'
import { defineMessage, defineRequest } from '../../messages/message.ts'
import type { Schema } from '../../messages/schema.ts'
import type { Answer, Beginning, Speak } from '../machine/team-plan.ts'
import type { TeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { ChatStopReason } from '../runs/task.ts'

/** The agent type of a speaker. */
export function speakerType(team: string, speaker: string): string {
  return `${team}.${speaker}`
}

/** A speaker in a conversation: its key is below the conversation's. */
export function speakerId(team: string, conversation: string, speaker: string): AgentId {
  return { type: speakerType(team, speaker), key: `${conversation}/${speaker}` }
}

interface OfRun {
  readonly token: string
}

/** A run that was ended from outside. */
export interface EndedRun extends OfRun {
  readonly reason: ChatStopReason
}

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

/**
 * To the manager. `watched`: whether anybody watches what is shown. `after`: the run before it,
 * where that was ended from outside; the manager may not have heard of it, if its runtime was full.
 */
export const Begin = defineMessage(
  'heddle.chat.begin',
  unchecked<Beginning & { readonly watched: boolean; readonly after: EndedRun | null }>(),
)
/** The run with this token, of which nothing is under way, goes on. */
export const GoOn = defineMessage('heddle.chat.go-on', unchecked<OfRun>())
/** From a manager to itself: the flow of the run with this token is to decide who speaks next. */
export const Decide = defineMessage('heddle.chat.decide', unchecked<OfRun>())
/** The run with this token rests as soon as all who speak have spoken. */
export const Pause = defineMessage('heddle.chat.pause', unchecked<OfRun>())
/**
 * The run with this token was ended from outside: nothing of it is under way any more. The manager
 * keeps that, and what speakers have said and it has not heard.
 */
export const Cut = defineMessage('heddle.chat.cut', unchecked<EndedRun>())
export const Spoke = defineMessage('heddle.chat.spoke', unchecked<Answer>())
/** To a speaker. */
export const Speech = defineMessage(
  'heddle.chat.speak',
  unchecked<Speak & { readonly conversation: string; readonly watched: boolean }>(),
)

/** To a speaker: its answer under this number, if it gave one. */
export const Recall = defineRequest('heddle.chat.recall', {
  payload: unchecked<{ readonly ask: number }>(),
  reply: unchecked<Answer | null>(),
})
/**
 * `null`: as at the beginning. Replies whether it was loaded: not while another owner's run is
 * under way.
 */
export const LoadManager = defineRequest('heddle.chat.load-manager', {
  payload: unchecked<{ readonly saved: unknown; readonly owner: string }>(),
  reply: unchecked<boolean>(),
})
/** A `SavedAgent`; `null`: as at the beginning. */
export const LoadSpeaker = defineRequest('heddle.chat.load-speaker', {
  payload: unchecked<unknown>(),
  reply: unchecked<boolean>(),
})
