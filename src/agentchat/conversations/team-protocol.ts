/** All messages and requests between the parts of a team, and to them from outside. */
import { defineMessage, defineRequest } from '../../messages/message.ts'
import type { Schema } from '../../messages/schema.ts'
import type { Allowance, Spent } from '../agents/purse.ts'
import type { Answer, Beginning, Speak } from '../machine/team-plan.ts'
import type { TeamState } from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { ChatStopReason } from '../runs/task.ts'

interface OfRun {
  readonly token: string
}

/** The token of a run that is part of another one, and was asked for under this number. */
export function tokenOf(ask: number): string {
  return `ask ${ask}`
}

/** A run that was ended from outside. */
export interface EndedRun extends OfRun {
  readonly reason: ChatStopReason
}

/** A schema for payloads that heddle itself makes, which are not checked again. */
export function unchecked<T>(): Schema<T> {
  const validate = (value: unknown) => ({ value: value as T })
  return { '~standard': { version: 1, vendor: 'heddle', validate } }
}

/** What a manager was last asked by the part above it. */
export interface Asked {
  readonly ask: number
  readonly about: number
  readonly left: Allowance
  readonly whole: boolean
  /** How many messages it was asked with. */
  readonly given: number
  /** The index after the messages that it was asked with, in the thread. */
  readonly from: number
  /** What its run had used when the part above was last told. */
  readonly told: Spent
  /** Whether the part above waits for the end of its run. */
  readonly isOpen: boolean
}

/** A manager as it can be saved. */
export interface SavedManager {
  readonly state: TeamState
  readonly thread: readonly ChatMessage[]
  /** Where the team is part of another one. */
  readonly asked?: Asked | null
  readonly answer?: Answer | null
  /** Where the conversation was reset. */
  readonly numbered?: number
}

/** Shown when a run begins, or goes on, that is part of another one and that time may end. */
export interface RunBegan extends OfRun {
  readonly kind: 'heddle.run-began'
  readonly key: string
  /** How long it has gone on already, in milliseconds. */
  readonly elapsedMs: number
}

/**
 * To the manager of a team that is run. `watched`: whether anybody watches what is shown. `after`:
 * the run before it, where that was ended from outside; the manager may not have heard of it, if
 * its runtime was full.
 */
export const Begin = defineMessage(
  'heddle.chat.begin',
  unchecked<Beginning & { readonly watched: boolean; readonly after: EndedRun | null }>(),
)
/** The run with this token, of which nothing is under way, goes on. */
export const GoOn = defineMessage('heddle.chat.go-on', unchecked<OfRun>())
/** From a manager to itself: the flow of the run with this token is to decide who speaks next. */
export const Decide = defineMessage('heddle.chat.decide', unchecked<OfRun>())
/**
 * The run with this token, and all that is part of it, rests as soon as all who speak have spoken.
 */
export const Pause = defineMessage('heddle.chat.pause', unchecked<OfRun>())
/**
 * The run with this token was ended from outside: nothing of it is under way any more. The manager
 * keeps that, and what the parts below have said and it has not heard. `tells`: the part above
 * waits for the end of the run, and is told.
 */
export const Cut = defineMessage(
  'heddle.chat.cut',
  unchecked<EndedRun & { readonly tells?: boolean }>(),
)
/** The run with this token is told more. `isPart`: the messages were shown in the run above it. */
export const Steer = defineMessage(
  'heddle.chat.steer',
  unchecked<
    OfRun & {
      readonly messages: readonly ChatMessage[]
      readonly isPart: boolean
      readonly watched: boolean
    }
  >(),
)
/** To the part above: what was said since an index, for a speaker under way. */
export const News = defineRequest('heddle.chat.news', {
  payload: unchecked<{ readonly by: string; readonly ask: number; readonly from: number }>(),
  reply: unchecked<readonly ChatMessage[]>(),
})
/** To the part above. */
export const Spoke = defineMessage('heddle.chat.spoke', unchecked<Answer>())
/** To a part below: an agent speaks, a team runs. */
export const Speech = defineMessage('heddle.chat.speak', unchecked<Speak & SpeechFacts>())

export interface SpeechFacts {
  readonly watched: boolean
  /** See `ManagerState`. */
  readonly numbered: number
}

/** To a part below: its answer under this number, if it gave one. */
export const Recall = defineRequest('heddle.chat.recall', {
  payload: unchecked<{ readonly ask: number }>(),
  reply: unchecked<Answer | null>(),
})
/**
 * `saved` null: as at the beginning. Replies whether it was loaded: not while another owner's run
 * is under way. `owner` null: for a team that is part of another one. `covered`: as for
 * `LoadSpeaker`.
 */
export const LoadManager = defineRequest('heddle.chat.load-manager', {
  payload: unchecked<{
    readonly saved: unknown
    readonly owner: string | null
    readonly covered: number
  }>(),
  reply: unchecked<boolean>(),
})
/**
 * `saved` null: as at the beginning. `covered`: up to this number, the manager of the whole keeps
 * for all parts which numbers were used.
 */
export const LoadSpeaker = defineRequest('heddle.chat.load-speaker', {
  payload: unchecked<{ readonly saved: unknown; readonly covered: number }>(),
  reply: unchecked<boolean>(),
})
