import { readFrom, textFrom } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { checkTopic, type TopicId, topicId } from '../ids/topic-id.ts'
import type { Message, MessageType } from './message.ts'

/** A topic that carries only certain messages: publishing any other to it does not compile. */
export interface TypedTopicId<Name extends string> extends TopicId {
  readonly accepts: readonly Name[]
  /** For the compiler alone: never set. */
  readonly '~accepts'?: (name: Name) => void
}

/**
 * A topic that `M` may be published on: a topic, a typed topic that accepts it, or the string form
 * `type/source`.
 */
export type TopicFor<M extends Message> =
  | string
  | (TopicId & {
      /** For the compiler alone: never set. */
      readonly '~accepts'?: (name: M['name']) => void
    })

/** A topic type and the messages that it carries; called with a source, it returns a topic. */
export interface TopicType<Name extends string> {
  /** Throws HEDDLE_INVALID_ID. */
  (source: string): TypedTopicId<Name>
  readonly type: string
}

/**
 * Defines a topic type that carries only the given messages.
 * Throws HEDDLE_INVALID_ID, HEDDLE_INVALID_MESSAGE.
 */
export function defineTopic<const T extends readonly Pick<MessageType, 'name' | 'kind'>[]>(
  type: string,
  messages: T,
): TopicType<T[number]['name']> {
  topicId(type, 'any')
  if (!Array.isArray(messages) || ![...messages].every(isMessageType)) {
    const problem = 'the topic takes a list of what defineMessage returns'
    throw new HeddleError('HEDDLE_INVALID_MESSAGE', { message: type, problem })
  }
  const accepts = Object.freeze(messages.map((message) => message.name))
  const make = (source: string) => Object.freeze({ ...topicId(type, source), accepts })
  return Object.freeze(Object.assign(make, { type }))
}

function isMessageType(value: unknown): boolean {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return false
  return readFrom(value, 'kind') === 'message' && textFrom(value, 'name') !== undefined
}

/** The topic that a caller passed, checked. Throws HEDDLE_INVALID_ID, HEDDLE_WRONG_TOPIC. */
export function resolveTopic(topic: TopicId | string, message: string): TopicId {
  const checked = checkTopic(topic)
  const accepts =
    typeof topic === 'object' && 'accepts' in topic
      ? (readFrom(topic, 'accepts') as readonly string[] | undefined)
      : undefined
  if (accepts === undefined || accepts.includes(message)) return checked
  const { type, source } = checked
  throw new HeddleError('HEDDLE_WRONG_TOPIC', { topic: `${type}/${source}`, message, accepts })
}
