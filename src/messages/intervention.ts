/**
 * What a user writes to inspect messages on their way: let them through, change them, or drop them.
 */
import type { AgentId } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { Message, Request } from './message.ts'

/**
 * Ends a message. It counts as dropped; a request's caller gets HEDDLE_DROPPED with the reason.
 */
export interface Drop {
  readonly kind: 'drop'
  readonly reason: string
}

/**
 * Makes the result of an intervention that stops a message. The message then counts as dropped; a
 * request fails with HEDDLE_DROPPED.
 */
export function drop(reason: string): Drop {
  return Object.freeze({ kind: 'drop', reason })
}

/**
 * Sees messages, requests and replies on the main thread, before they are accepted. Each function
 * returns the message to continue with (the same, or another made by its type), or `drop(reason)`.
 * Returning nothing is an error. A request between two agents of one key is part of its turn, on
 * its lane, and is not seen here. If a function throws, a caller gets HEDDLE_INTERVENTION_FAILED,
 * and a message that a turn published becomes a dead letter.
 */
export interface Intervention {
  /** Called once for each publish; `sender` is undefined for a message from outside. */
  readonly onPublish?: (
    message: Message,
    context: { readonly topic: TopicId; readonly sender: AgentId | undefined },
  ) => Message | Drop
  /** Called for each request; `sender` is undefined for a request from outside. */
  readonly onSend?: (
    request: Request,
    context: { readonly recipient: AgentId; readonly sender: AgentId | undefined },
  ) => Request | Drop
  /**
   * Called for the reply to a request. Returns the reply to continue with: the same, or another,
   * which the request's reply schema checks as it checks a handler's result.
   */
  readonly onReply?: (
    reply: unknown,
    context: { readonly request: string; readonly agent: AgentId },
  ) => unknown
}
