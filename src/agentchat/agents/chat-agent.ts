/**
 * The contract of a chat agent: it gets only messages that are new to it, shows events while it
 * works, and ends with one response. What it keeps between turns stands in its context, never in
 * its closures: so the same agent serves any number of conversations.
 */
import { isAgentType } from '../../ids/agent-id.ts'
import type { ModelMessage, Usage } from '../../models/model.ts'
import { FUNCTION, firstWrong, listOf, needed, oneOf, ruleThat, TEXT } from '../../option-rules.ts'
import { type AgentEvent, type ChatMessage, MESSAGE_KINDS } from '../messages/chat-message.ts'
import type { Plain } from '../messages/plain.ts'
import type { RunItem, RunOptions, TaskResult } from '../runs/task.ts'
import type { SavedAgent } from './saved-agent.ts'

/**
 * What an agent keeps of one conversation, as a model is shown it: grows at its end, and is taken
 * back with a turn that fails.
 */
export interface History {
  readonly length: number
  /** From the entry of this number on; by default all. */
  read(from?: number): ModelMessage[]
  /**
   * Adds at the end. Throws HEDDLE_INVALID_CHAT_AGENT for what is no model message, and adds
   * nothing then.
   */
  append(...messages: readonly ModelMessage[]): void
  /** Forgets all of it. */
  clear(): void
}

/**
 * How a turn ends: with what the agent says, or with what it needs from a human before it can say
 * anything. Then it is asked again with the same messages and the answer; what it has put in its
 * history and state meanwhile stays.
 */
export type Response =
  | { readonly kind: 'message'; readonly message: ChatMessage }
  | { readonly kind: 'input'; readonly prompt: string }

/** What an agent may use of the run's budgets: it asks before it takes more. */
export interface Spending {
  /** Throws HEDDLE_BUDGET when the run has no token left. */
  modelCall(): void
  /** Throws HEDDLE_BUDGET when the run has no tool call left. */
  toolCall(): void
  /**
   * Tells what a model call has used. Throws HEDDLE_INVALID_CHAT_AGENT for what is no count of
   * tokens.
   */
  used(usage: Usage): void
}

/**
 * One turn of a chat agent. All that it is given must be data that JSON carries, or the run fails
 * with HEDDLE_INVALID_CHAT_AGENT. Once the turn has ended or was cancelled, its methods throw
 * HEDDLE_TURN_ENDED.
 */
export interface ChatContext {
  /** The agent in its conversation, as in `conv-7/critic`. */
  readonly key: string
  readonly history: History
  /** Small things that it keeps beside its history. */
  readonly state: Record<string, Plain>
  /** A human's answer to what the agent asked for last. */
  readonly input: string | undefined
  readonly signal: AbortSignal
  readonly spending: Spending
  /** An id for a message or a call: the same when the turn runs again. */
  nextId(): string
  /** Shows it to whoever watches the run. Throws HEDDLE_INVALID_CHAT_AGENT for what is neither. */
  emit(item: AgentEvent | ChatMessage): void
}

/** What `defineChatAgent` is told. */
export interface ChatAgentOptions {
  /** Letters, digits and `_ - .`; unique in a team. */
  readonly name: string
  /** For models that choose who speaks. */
  readonly description?: string
  /** The kinds of messages that it may answer with. Default: `text`. */
  readonly produces?: readonly ChatMessage['kind'][]
  /** One turn: what is new to it, and how it ends. May throw: then the turn leaves nothing. */
  readonly respond: (messages: readonly ChatMessage[], context: ChatContext) => Promise<Response>
}

/**
 * A chat agent: for teams, and to be run alone. What it keeps when it runs alone belongs to this
 * object.
 */
export interface ChatAgent extends Required<ChatAgentOptions> {
  readonly kind: 'chat-agent'
  /**
   * Runs it alone. It remembers earlier runs until `reset`. Rejects with HEDDLE_ALREADY_RUNNING,
   * HEDDLE_INVALID_TASK.
   */
  run(options?: RunOptions): Promise<TaskResult>
  /** The same as it happens; the last item is the result. */
  runStream(options?: RunOptions): AsyncIterable<RunItem>
  /** Forgets all earlier runs. */
  reset(): void
  /** What it keeps. Throws HEDDLE_ALREADY_RUNNING. */
  saveState(): SavedAgent
  /** Throws HEDDLE_ALREADY_RUNNING. */
  loadState(saved: SavedAgent): void
}

export const KINDS = listOf(oneOf(...MESSAGE_KINDS))
/** What others need of one. */
const SHAPE = {
  name: needed(ruleThat('a name', isAgentType)),
  description: needed(TEXT),
  produces: needed(KINDS),
  respond: needed(FUNCTION),
}

/** Whether it is a chat agent: made by `defineChatAgent`, or of the same shape. */
export function isChatAgent(value: unknown): value is ChatAgent {
  return Object(value).kind === 'chat-agent' && firstWrong(Object(value), SHAPE) === undefined
}
