/** Tools of chat agents: their context can also show events and messages. */
import type { Schema } from '../../messages/schema.ts'
import { makeTool, type Tool as ToolOf } from '../../tools/tool.ts'
import type { ToolOptions as OptionsOf, ToolContext } from '../../tools/tool-options.ts'
import type { AgentEvent, ChatMessage } from '../messages/chat-message.ts'

/** What a tool of a chat agent is given beside its arguments. */
export interface ChatToolContext extends ToolContext {
  /**
   * Shows what the tool does to the watchers of the run. Throws HEDDLE_INVALID_CHAT_AGENT for a
   * value that is neither an event nor a message.
   */
  readonly emit: (item: AgentEvent | ChatMessage) => void
}

/** A tool that an assistant takes: one of `tool`, and also one of `defineTool`. */
export type Tool<Context = ChatToolContext> = ToolOf<Context>

/** The options of `tool`. */
export type ToolOptions<S extends Schema> = OptionsOf<S, ChatToolContext>

/**
 * Defines a tool that runs where its agent does. Throws HEDDLE_INVALID_TOOL, also for parameters
 * that are not an object, that take what JSON does not carry, as `z.date()` does, or that can't
 * describe what they take and have no `jsonSchema`. Throws HEDDLE_ASYNC_SCHEMA for parameters that
 * check asynchronously; where only a check shows that, `call` rejects with it, and so the run
 * fails.
 */
export function tool<S extends Schema>(options: ToolOptions<S>): Tool {
  return makeTool(options)
}
