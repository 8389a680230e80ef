/** A run seen from outside: its task, its options and its result. */
import type { ErrorRecord } from '../../errors.ts'
import { reasonText } from '../../json-text.ts'
import type { Usage } from '../../models/model.ts'
import type { ConditionHit } from '../conditions/condition.ts'
import { type AgentEvent, type ChatMessage, checkChatMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'

/** A text from the `user`, or messages. */
export type TaskInput = string | ChatMessage | readonly ChatMessage[]

/** Why a run ended: a closed union to switch on (D10). `text` is a sentence for people. */
export type ChatStopReason = { readonly text: string } & (
  | {
      readonly kind: 'completed'
      /** The nodes of a graph that no path reached. */
      readonly neverRan?: readonly string[]
    }
  /** The conditions that were met, each with its figures. */
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
  /**
   * Nothing runs, and nothing can. `waiting`: the speakers that were next, and why they can't
   * speak.
   */
  | { readonly kind: 'stalled'; readonly waiting: readonly string[] }
  /** A step repeated the steps before it without any change. */
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

/** The result of a run: plain data. */
export interface TaskResult {
  readonly kind: 'result'
  /**
   * The task and all that was said in the run, in order. Events are not included: see `runStream`.
   * When a step was cut, the messages of those that had spoken are part of the run that ends the
   * step. If another task comes first, they are only in the conversation.
   */
  readonly messages: readonly ChatMessage[]
  readonly stopReason: ChatStopReason
  /** The usage of all model calls of the run. */
  readonly usage: Usage
}

/** An item of a run's stream; the result is the last. */
export type RunItem = AgentEvent | ChatMessage | TaskResult

/** What a run begins with. */
export interface RunOptions {
  /** Undefined: the run goes on from where the last one ended. */
  readonly task?: TaskInput
  /** Answers to the requests of the last run, by request id. A string answers the only request. */
  readonly input?: string | Readonly<Record<string, string>>
  /** Cancels the run. It then ends with `cancelled`, and can be run again. */
  readonly signal?: AbortSignal
  /** What this call does while a run is under way. Default: as the team says. */
  readonly ifBusy?: IfBusy
}

/**
 * What a call of `run` does while another run is under way.
 *
 * - `refuse`: it rejects with HEDDLE_ALREADY_RUNNING.
 * - `wait`: it begins when that run and those that wait before it have ended.
 * - `interrupt`: that run ends as `cancelled`, and this one begins with all that was said in it. An
 *   agent alone has heard nothing of a run that was cancelled.
 * - `steer`: its task becomes part of that run, and both calls have the same result. Those who
 *   speak next hear it, and an assistant that speaks shows it to its model with the next call. If
 *   the run ends before, the task begins a run. Its signal, and a reader that leaves its stream,
 *   cancel the run that it steers. A team that is part of the run and speaks hears it as well.
 *   Without a task: as `refuse`.
 *
 * Calls that interrupt go before those that wait. `stop` ends only the run under way.
 */
export type IfBusy = 'refuse' | 'wait' | 'interrupt' | 'steer'

export const IF_BUSY: readonly IfBusy[] = ['refuse', 'wait', 'interrupt', 'steer']

/** That a run was cancelled, and why: what its signal was aborted with. */
export function cancelledBy({ reason: given }: AbortSignal): ChatStopReason {
  const reason = reasonText(given)
  return { kind: 'cancelled', text: `cancelled: ${reason}`, reason }
}

/** Why a run was cancelled that another one interrupts. */
export const INTERRUPTED = 'another task interrupts it'

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
