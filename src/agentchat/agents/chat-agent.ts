/**
 * The contract of a chat agent: it gets only messages that are new to it, shows events while it
 * works, and ends with one response. What it keeps between turns is in its context, never in its
 * closures, so the same agent serves any number of conversations.
 */
import { isAgentType } from '../../ids/agent-id.ts'
import type { DeepReadonly } from '../../messages/message.ts'
import type { Plain } from '../../messages/plain.ts'
import type { ModelMessage, Usage } from '../../models/model.ts'
import {
  FUNCTION,
  firstWrong,
  listOf,
  MILLISECONDS,
  NAME,
  needed,
  oneOf,
  ruleThat,
  TEXT,
} from '../../option-rules.ts'
import { type AgentEvent, type ChatMessage, MESSAGE_KINDS } from '../messages/chat-message.ts'
import type { RunItem, RunOptions, TaskResult } from '../runs/task.ts'
import type { SavedAgent } from './saved-agent.ts'

/**
 * What an agent keeps of one conversation, in the form that a model is shown. It grows at its end;
 * a turn that fails takes its additions back.
 */
export interface History {
  readonly length: number
  /** The entries from this index on; by default all. */
  read(from?: number): ModelMessage[]
  /**
   * Adds at the end. Throws HEDDLE_INVALID_CHAT_AGENT for a value that is not a model message, and
   * then adds nothing.
   */
  append(...messages: readonly ModelMessage[]): void
  /** Forgets all of it. */
  clear(): void
}

/**
 * How a turn ends: with what the agent says, or with what it needs from a human before it can say
 * anything. In the second case the agent is called again with the same messages and the answer;
 * what it has put in its history and state by then stays.
 */
export type Response =
  | { readonly kind: 'message'; readonly message: ChatMessage }
  | { readonly kind: 'input'; readonly prompt: string }

/** What an agent may use of the run's budgets. It asks before each use. */
export interface Spending {
  /** Throws HEDDLE_BUDGET when the run has no token left. */
  modelCall(): void
  /** Throws HEDDLE_BUDGET when the run has no tool call left. */
  toolCall(): void
  /**
   * Reports what a model call has used. Throws HEDDLE_INVALID_CHAT_AGENT for a value that is not a
   * count of tokens.
   */
  used(usage: Usage): void
}

/**
 * One turn of a chat agent. All values passed to it must be data that JSON carries, or the run
 * fails with HEDDLE_INVALID_CHAT_AGENT. Once the turn has ended or was cancelled, its methods throw
 * HEDDLE_TURN_ENDED.
 */
export interface ChatContext {
  /** The agent in its conversation, as in `conv-7/critic`. */
  readonly key: string
  readonly history: History
  /** Small data that the agent keeps beside its history. */
  readonly state: Record<string, Plain>
  /** The human's answer to the agent's last request. */
  readonly input: string | undefined
  readonly signal: AbortSignal
  readonly spending: Spending
  /** An id for a message or a call: the same when the turn runs again. */
  nextId(): string
  /**
   * Does something while the turn holds the agent's `limit`; without one, at once. Model calls of
   * heddle's own agents do so by themselves. A turn counts once, however much it does at the same
   * time. Rejects with HEDDLE_UNKNOWN_LIMIT where there is no such limit, as for an agent that runs
   * alone.
   */
  withLimit<T>(work: () => T | Promise<T>): Promise<T>
  /**
   * Runs `fn`, an effect outside heddle such as a model call, and resolves to its result, frozen:
   * as `turn.once` does. The result is recorded, so that the turn does not do it again when its
   * lane has died and it runs again. The record lasts until `respond` has ended; alone, until the
   * run has ended. A result that can't be kept is lost, and never asked for again. Rejects with
   * HEDDLE_ONCE_REUSED, HEDDLE_ONCE_FULL, HEDDLE_PAYLOAD_NOT_CLONEABLE, HEDDLE_TURN_ENDED, and as
   * `fn` does.
   */
  once<T>(name: string, fn: () => T | PromiseLike<T>): Promise<DeepReadonly<T>>
  /**
   * Shows an event or a message to the watchers of the run. Throws HEDDLE_INVALID_CHAT_AGENT for a
   * value that is neither.
   */
  emit(item: AgentEvent | ChatMessage): void
}

/** The options of `defineChatAgent`. */
export interface ChatAgentOptions {
  /** Letters, digits and `_ - .`; unique in a team. */
  readonly name: string
  /** For models that choose who speaks. */
  readonly description?: string
  /** The kinds of messages that it may answer with. Default: `text`. */
  readonly produces?: readonly ChatMessage['kind'][]
  /**
   * The named limit of the runtime that each of its model calls holds: see `limits` of
   * `ThreadedRuntime.start`. A runtime without such a limit refuses the agent. Default: its team's.
   */
  readonly limit?: string
  /**
   * Milliseconds that one turn of it may take, with its waits for its model, its tools and its
   * limit. Default: its team's; alone, any time.
   */
  readonly turnTimeoutMs?: number
  /**
   * Runs one turn: takes the messages that are new to the agent and returns how the turn ends. If
   * it throws, the turn leaves no trace.
   */
  readonly respond: (messages: readonly ChatMessage[], context: ChatContext) => Promise<Response>
}

/**
 * A chat agent: for teams, or to run alone. What it keeps when it runs alone belongs to this
 * object.
 */
export interface ChatAgent extends Required<Omit<ChatAgentOptions, 'limit' | 'turnTimeoutMs'>> {
  readonly kind: 'chat-agent'
  readonly limit?: string | undefined
  readonly turnTimeoutMs?: number | undefined
  /**
   * Runs the agent alone. It remembers earlier runs until `reset`, but nothing of a run that failed
   * or was cancelled: give its task again. Rejects with
   * HEDDLE_ALREADY_RUNNING, HEDDLE_INVALID_TASK.
   */
  run(options?: RunOptions): Promise<TaskResult>
  /** As `run`, but yields what happens as it happens; the last item is the result. */
  runStream(options?: RunOptions): AsyncIterable<RunItem>
  /** Forgets all earlier runs. */
  reset(): void
  /** What the agent keeps. Throws HEDDLE_ALREADY_RUNNING. */
  saveState(): SavedAgent
  /** Throws HEDDLE_ALREADY_RUNNING. */
  loadState(saved: SavedAgent): void
}

export const KINDS = listOf(oneOf(...MESSAGE_KINDS))
/** The members that make an object a chat agent. */
const SHAPE = {
  name: needed(ruleThat('a name', isAgentType)),
  description: needed(TEXT),
  produces: needed(KINDS),
  respond: needed(FUNCTION),
  limit: NAME,
  turnTimeoutMs: MILLISECONDS,
}

/** Whether a value is a chat agent: made by `defineChatAgent`, or of the same shape. */
export function isChatAgent(value: unknown): value is ChatAgent {
  return Object(value).kind === 'chat-agent' && firstWrong(Object(value), SHAPE) === undefined
}
