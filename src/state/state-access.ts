import { describe, HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'

/**
 * One turn's access to a state. It is closed when the turn ends, since a handler may have kept a
 * reference (D3).
 */
export class StateAccess {
  isOpen = true
  readonly #id: AgentId

  constructor(id: AgentId) {
    this.#id = id
  }

  /** Throws HEDDLE_TURN_ENDED. */
  assertOpen(): void {
    if (this.isOpen) return
    throw new HeddleError('HEDDLE_TURN_ENDED', { agent: agentIdText(this.#id), call: 'state' })
  }

  /**
   * The key of an entry: one that is no text would be found on its lane, and be another's once it
   * was committed. Throws HEDDLE_STATE_NOT_PLAIN.
   */
  assertKey(field: string, key: unknown): void {
    if (typeof key === 'string') return
    const agent = agentIdText(this.#id)
    const problem = `the key of an entry is ${describe(key)}, and must be a string`
    throw new HeddleError('HEDDLE_STATE_NOT_PLAIN', { agent, field, problem })
  }
}
