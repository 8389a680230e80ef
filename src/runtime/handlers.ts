import type { DeepReadonly, MessageType, RequestType } from '../messages/message.ts'
import type { Schema } from '../messages/schema.ts'
import { type Retry, type RetryPolicy, resolveRetry } from './retry.ts'
import type { Turn } from './turn.ts'

/** What a `match` predicate is told beside the payload. */
export interface MatchContext {
  readonly key: string
  readonly topicType: string | undefined
}

/** The third argument of `on`. */
export interface HandlerOptions<Payload> {
  /** Takes only messages for which this is true; the first handler that matches takes the message. */
  readonly match?: (payload: DeepReadonly<Payload>, context: MatchContext) => boolean
  /** How often a turn of this handler is tried when it fails. Default: as its agent says. */
  readonly retry?: RetryPolicy
}

/** One message name, and what an agent does with it. Made by `on`. */
export interface Handler {
  readonly kind: 'message' | 'request'
  readonly name: string
  readonly reply: Schema | undefined
  /** From the options; without one, it takes every message of its name. */
  readonly match: ((payload: never, context: MatchContext) => boolean) | undefined
  readonly retry: Retry | undefined
  /** What it does; for a request, what it returns is the reply. */
  readonly handle: (payload: never, turn: never) => unknown
}

/** Binds a message or request type to a function. Payload, turn and reply infer. */
export interface On<State, Config, Resources> {
  <P>(
    type: MessageType<string, P, never>,
    handle: (payload: DeepReadonly<P>, turn: Turn<State, Config, Resources>) => unknown,
    options?: HandlerOptions<P>,
  ): Handler
  <P, R>(
    type: RequestType<string, P, R, never>,
    handle: (payload: DeepReadonly<P>, turn: Turn<State, Config, Resources>) => R | Promise<R>,
    options?: HandlerOptions<P>,
  ): Handler
}

/** The one implementation of {@link On}. */
export function on(
  type: Pick<MessageType, 'kind' | 'name'> | Pick<RequestType, 'kind' | 'name' | 'reply'>,
  handle: (payload: never, turn: never) => unknown,
  options: { match?: (payload: never, context: MatchContext) => boolean; retry?: RetryPolicy } = {},
): Handler {
  const { kind, name } = type
  const reply = type.kind === 'request' ? type.reply : undefined
  const retry = resolveRetry(options.retry)
  return Object.freeze({ kind, name, reply, match: options.match, retry, handle })
}
