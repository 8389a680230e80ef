import { describe, HeddleError } from '../errors.ts'

/** Where a message is published: `type` says what kind of event it is, `source` in whose scope. */
export interface TopicId {
  readonly type: string
  readonly source: string
}

/** The rule for topic types and message names, as in AutoGen. */
const TOPIC_TYPE = /^[\w\-.:=]+$/
const RULE =
  "a topic is 'type/source', its type of letters, digits and _ - . : =, its source any text"

/**
 * Makes a topic id from its parts, or from its string form `type/source`, which is split at the first `/`.
 * Throws HEDDLE_INVALID_ID.
 */
export function topicId(type: string, source?: string): TopicId {
  if (source === undefined) {
    const slash = typeof type === 'string' ? type.indexOf('/') : -1
    if (slash < 0) throw invalid(type)
    return topicId(type.slice(0, slash), type.slice(slash + 1))
  }
  if (!isTopicType(type) || typeof source !== 'string' || source === '') {
    throw invalid(`${String(type)}/${String(source)}`)
  }
  return Object.freeze({ type, source })
}

/** Checks a topic that somebody else made. Throws HEDDLE_INVALID_ID. */
export function checkTopic(topic: unknown): TopicId {
  if (typeof topic === 'string') return topicId(topic)
  if (typeof topic !== 'object' || topic === null) throw invalid(topic)
  const { type, source } = topic as Partial<TopicId>
  if (typeof type !== 'string' || typeof source !== 'string') throw invalid(topic)
  return topicId(type, source)
}

export function isTopicType(type: unknown): type is string {
  return typeof type === 'string' && TOPIC_TYPE.test(type) && !type.endsWith('\n')
}

function invalid(value: unknown): HeddleError {
  return new HeddleError('HEDDLE_INVALID_ID', { what: 'topic', value: describe(value), rule: RULE })
}
