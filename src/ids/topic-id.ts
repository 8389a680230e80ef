import { describe, HeddleError, plainText } from '../errors.ts'

/** Where a message is published: `type` is the kind of event, `source` its scope. */
export interface TopicId {
  readonly type: string
  readonly source: string
}

/** The rule for topic types and message names, as in AutoGen. */
const TOPIC_TYPE = /^[\w\-.:=]+$/
/** Caches valid topic types: they are few, and each is checked often. */
const seen = new Set<unknown>()
const MAX_SEEN = 1_000
const RULE = "a topic is 'type/source': type has letters, digits and _ - . : = , source is any text"

/**
 * Makes a topic id from its parts, or from its string form `type/source`, which is split at the
 * first `/`. Throws HEDDLE_INVALID_ID.
 */
export function topicId(type: string, source?: string): TopicId {
  return Object.freeze(source === undefined ? split(type) : joined(type, source))
}

/** Checks and copies a topic from a caller. Throws HEDDLE_INVALID_ID. */
export function checkTopic(topic: unknown): TopicId {
  if (typeof topic === 'string') return split(topic)
  if (typeof topic !== 'object' || topic === null) throw invalid(topic)
  let type: unknown
  let source: unknown
  try {
    ;({ type, source } = topic as Partial<TopicId>)
  } catch {
    throw invalid(topic)
  }
  if (typeof type !== 'string' || typeof source !== 'string') throw invalid(topic)
  return joined(type, source)
}

export function isTopicType(type: unknown): type is string {
  if (seen.has(type)) return true
  if (typeof type !== 'string' || !TOPIC_TYPE.test(type) || type.endsWith('\n')) return false
  if (seen.size < MAX_SEEN) seen.add(type)
  return true
}

function split(text: string): TopicId {
  const slash = typeof text === 'string' ? text.indexOf('/') : -1
  if (slash < 0) throw invalid(text)
  return joined(text.slice(0, slash), text.slice(slash + 1))
}

function joined(type: string, source: string): TopicId {
  if (!isTopicType(type) || typeof source !== 'string' || source === '') {
    throw invalid(`${plainText(type)}/${plainText(source)}`)
  }
  return { type, source }
}

function invalid(value: unknown): HeddleError {
  return new HeddleError('HEDDLE_INVALID_ID', { what: 'topic', value: describe(value), rule: RULE })
}
