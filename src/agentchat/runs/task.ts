/** A run from outside: what is asked, and what it came to. */
import type { ErrorRecord } from '../../errors.ts'
import { reasonText } from '../../json-text.ts'
import type { Usage } from '../../models/model.ts'
import type { ConditionHit } from '../conditions/condition.ts'
import { type AgentEvent, type ChatMessage, checkChatMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'

/** A text from the `user`, or messages. */
export type TaskInput = string | ChatMessage | readonly ChatMessage[]

/** Why a run ended: a closed union to switch on (D10). `text` says it in a sentence. */
export type ChatStopReason = { readonly text: string } & (
  | {
      readonly kind: 'completed'
      /** Nodes of a graph that no path led to. */
      readonly neverRan?: readonly string[]
    }
  /** Conditions that were met, each with its figures. */
  | { readonly kind: 'condition'; readonly conditions: readonly ConditionHit[] }
  /** Agents need a human's answer: `run({ input })` goes on. Nothing runs meanwhile. */
  | { readonly kind: 'input'; readonly requests: readonly InputRequest[] }
  | {
      readonly kind: 'budget'
      readonly what: BudgetKind
      readonly limit: number
      readonly used: number
    }
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'failed'; readonly source: string; readonly error: ErrorRecord }
  /** Nothing runs, and nothing can: who was to speak, and why it can't. */
  | { readonly kind: 'stalled'; readonly waiting: readonly string[] }
  /** A step that repeated what was before, with nothing changed. */
  | { readonly kind: 'no-progress'; readonly speakers: readonly string[] }
  /** By `stop()`. */
  | { readonly kind: 'stopped' }
)

/** What a budget limits. */
export type BudgetKind = 'turns' | 'tokens' | 'ms' | 'toolCalls' | 'depth'

/** What an agent asks a human. */
export interface InputRequest {
  readonly id: string
  readonly source: string
  readonly prompt: string
}

/** What a run came to: plain data. */
export interface TaskResult {
  readonly kind: 'result'
  /**
   * The task and all that was said in the run, in order. Events are not among them: see
   * `runStream`. What some have said of a step in which others were cut is part of the run that
   * ends the step; where another task comes first, it stands in the conversation alone.
   */
  readonly messages: readonly ChatMessage[]
  readonly stopReason: ChatStopReason
  /** Of all model calls of the run. */
  readonly usage: Usage
}

/** What a stream of a run shows; the result is the last. */
export type RunItem = AgentEvent | ChatMessage | TaskResult

/** What a run begins with. */
export interface RunOptions {
  /** Undefined: goes on from where the last run ended. */
  readonly task?: TaskInput
  /** Answers to what the last run asked for, by request id; a text answers the only one. */
  readonly input?: string | Readonly<Record<string, string>>
  /** Cancels the run. It ends with `cancelled`, and can be run again. */
  readonly signal?: AbortSignal
}

/** That a run was cancelled, and why: what its signal was aborted with. */
export function cancelledBy({ reason: given }: AbortSignal): ChatStopReason {
  const reason = reasonText(given)
  return { kind: 'cancelled', text: `cancelled: ${reason}`, reason }
}

/** The messages of a task. Throws HEDDLE_INVALID_TASK. */
export function messagesOfTask(task: TaskInput | undefined, nextId: () => string): ChatMessage[] {
  if (task === undefined) return []
  if (typeof task === 'string') {
    return [{ kind: 'text', id: nextId(), source: 'user', content: task }]
  }
  const messages = Array.isArray(task) ? task : [task]
  if (messages.length === 0) throw refuseChat('task', 'its list of messages is empty')
  return messages.map(checkChatMessage)
}
