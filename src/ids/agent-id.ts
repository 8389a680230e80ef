import { describe, HeddleError, plainText } from '../errors.ts'

/**
 * One agent instance: `type` names its code; `key` names the instance, and the serial domain that
 * it belongs to.
 */
export interface AgentId {
  readonly type: string
  readonly key: string
}

/** The rule for agent types, as in AutoGen. */
const AGENT_TYPE = /^[\w\-.]+$/
const RULE = "an agent id is 'type/key': type has letters, digits and _ - . , key is any text"

/**
 * Makes an agent id from its parts, or from its string form `type/key`, which is split at the first
 * `/`. Throws HEDDLE_INVALID_ID.
 */
export function agentId(type: string, key?: string): AgentId {
  if (key === undefined) {
    const slash = typeof type === 'string' ? type.indexOf('/') : -1
    if (slash < 0) throw invalid(type)
    return agentId(type.slice(0, slash), type.slice(slash + 1))
  }
  if (!isAgentType(type) || typeof key !== 'string' || key === '') {
    throw invalid(`${plainText(type)}/${plainText(key)}`)
  }
  return Object.freeze({ type, key })
}

/** Checks and copies an agent id from a caller. Throws HEDDLE_INVALID_ID. */
export function checkAgentId(id: AgentId | string): AgentId {
  if (typeof id === 'string') return agentId(id)
  let type: string
  let key: string
  try {
    ;({ type, key } = id)
  } catch {
    throw invalid(id)
  }
  return agentId(type, key)
}

/** The string form of an agent id: `type/key`. */
export function agentIdText(id: AgentId): string {
  return `${id.type}/${id.key}`
}

export function isAgentType(type: unknown): type is string {
  return typeof type === 'string' && AGENT_TYPE.test(type) && !type.endsWith('\n')
}

function invalid(value: unknown): HeddleError {
  return new HeddleError('HEDDLE_INVALID_ID', {
    what: 'agent id',
    value: describe(value),
    rule: RULE,
  })
}
