import { describe, readFrom } from '../describe.ts'
import {
  type DeepReadonly,
  type MessageType,
  type RequestType,
  schemasOf,
} from '../messages/message.ts'
import type { Schema } from '../messages/schema.ts'
import { namesOf, readOptions } from '../option-check.ts'
import { problemOfFunction, problemOfPredicate } from './given-functions.ts'
import { type Retry, type RetryPolicy, resolveRetry } from './retry.ts'
import type { Turn } from './turn.ts'

/** What a `match` predicate receives beside the payload. */
export interface MatchContext {
  readonly key: string
  readonly topicType: string | undefined
}

/** The third argument of `on`. */
export interface HandlerOptions<Payload> {
  /**
   * The handler takes only messages for which this returns true. It must answer at once. The first
   * handler that matches takes the message.
   */
  readonly match?: (payload: DeepReadonly<Payload>, context: MatchContext) => boolean
  /** How often a failing turn of this handler is tried. Default: the agent's `retry`. */
  readonly retry?: RetryPolicy
}

/** A message name and the function that handles it. Made by `on`. */
export interface Handler {
  readonly kind: 'message' | 'request'
  readonly name: string
  /**
   * The schema that checks the payload where the message is made; undefined: the type has no
   * schema.
   */
  readonly schema: Schema | undefined
  readonly reply: Schema | undefined
  /** From the options; undefined: the handler takes every message of its name. */
  readonly match: ((payload: never, context: MatchContext) => boolean) | undefined
  readonly retry: Retry | undefined
  /** The handler's function; for a request, its result is the reply. */
  readonly handle: (payload: never, turn: never) => unknown
}

type AnyType = MessageType<string, unknown, never> | RequestType<string, unknown, unknown, never>
type PayloadOf<T> =
  T extends MessageType<string, infer P, never>
    ? P
    : T extends RequestType<string, infer P, unknown, never>
      ? P
      : never
/** What a handler returns: a request's reply, and anything for a message. */
type ReplyOf<T> = T extends RequestType<string, unknown, infer R, never> ? R | Promise<R> : unknown
/** For a message, a generator is refused with an explanation. `any` is accepted. */
type Handled<T, Result> =
  T extends RequestType<string, unknown, unknown, never>
    ? unknown
    : 0 extends 1 & Result
      ? unknown
      : [Extract<Result, { next(...args: never): unknown }>] extends [never]
        ? unknown
        : 'a generator function would never run; make the handler async'

/**
 * Binds a message or request type to a function. The types of payload, turn and reply are inferred.
 * Both kinds share one signature, so that the compiler names the argument that does not fit.
 *
 * @typeParam T - the message or request type
 * @typeParam F - the function: takes the payload and the turn, and returns a request's reply
 */
export type On<State, Config, Resources> = <
  T extends AnyType,
  F extends (
    payload: DeepReadonly<PayloadOf<T>>,
    turn: Turn<State, Config, Resources>,
  ) => ReplyOf<T>,
>(
  type: T,
  handle: F & Handled<T, ReturnType<F>>,
  options?: HandlerOptions<PayloadOf<T>>,
) => Handler

const NAMES = namesOf<HandlerOptions<never>>({ match: true, retry: true })

const BOUND = new WeakSet<object>()

/** Whether `on` made it. */
export function isHandler(value: unknown): value is Handler {
  return typeof value === 'object' && value !== null && BOUND.has(value)
}

/**
 * The one implementation of {@link On}. Its errors name the message; the code that lists the
 * handlers adds the agent.
 */
export function on(
  type: Pick<MessageType, 'kind' | 'name'> | Pick<RequestType, 'kind' | 'name' | 'reply'>,
  handle: (payload: never, turn: never) => unknown,
  options: HandlerOptions<never> = {},
): Handler {
  if (!isType(type)) {
    throw new TypeError(
      `on takes what defineMessage or defineRequest returns, not ${describe(type)}`,
    )
  }
  const { kind, name } = type
  const wrong = problemOfFunction(handle)
  if (wrong !== undefined) throw new TypeError(`the handler of '${name}' is ${wrong}`)
  const refuse = (problem: string) => new TypeError(`the handler of '${name}': ${problem}`)
  const { match, retry: policy } = readOptions(options, NAMES, refuse)
  const problem = match === undefined ? undefined : problemOfPredicate(match)
  if (problem !== undefined) throw refuse(`its match is ${problem}`)
  const reply = type.kind === 'request' ? type.reply : undefined
  const retry = resolveRetry(policy)
  const { payload: schema } = schemasOf(type)
  const handler: Handler = Object.freeze({ kind, name, schema, reply, match, retry, handle })
  BOUND.add(handler)
  return handler
}

function isType(type: unknown): boolean {
  if (typeof type !== 'function' && (typeof type !== 'object' || type === null)) return false
  const kind = readFrom(type, 'kind')
  if (kind !== 'message' && kind !== 'request') return false
  return typeof readFrom(type, 'name') === 'string'
}
