/**
 * What a user writes to look at messages on their way: let them through, change them, or drop them.
 */
import type { AgentId } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { Message, Request } from './message.ts'

/**
 * Ends a message here. It is accounted as dropped; a request's caller gets HEDDLE_DROPPED with the
 * reason.
 */
export interface Drop {
  readonly kind: 'drop'
  readonly reason: string
}

/**
 * What an intervention returns for a message that is not to go on. It then counts as dropped; a
 * request fails with HEDDLE_DROPPED.
 */
export function drop(reason: string): Drop {
  return Object.freeze({ kind: 'drop', reason })
}

/**
 * Sees what is published, sent and replied, on the main thread, before it is accepted. Each
 * function returns the message to go on with (the same, or another made by its type), or
 * `drop(reason)`. To return nothing is an error. A request between two agents of one key is a part
 * of its turn, on its lane, and is not seen here. What it throws: HEDDLE_INTERVENTION_FAILED for a
 * caller, a dead letter for what a turn published.
 */
export interface Intervention {
  /** For a message, once for each publish; `sender` is undefined for one from outside. */
  readonly onPublish?: (
    message: Message,
    context: { readonly topic: TopicId; readonly sender: AgentId | undefined },
  ) => Message | Drop
  /** For a request; `sender` is undefined for one from outside. */
  readonly onSend?: (
    request: Request,
    context: { readonly recipient: AgentId; readonly sender: AgentId | undefined },
  ) => Request | Drop
  /**
   * For the reply to a request. It returns the reply to go on with: the same, or another, which is
   * checked by the request's reply schema as what a handler returns is.
   */
  readonly onReply?: (
    reply: unknown,
    context: { readonly request: string; readonly agent: AgentId },
  ) => unknown
}
