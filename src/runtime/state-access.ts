import { HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'

/** One turn's way to a state. When the turn ends it is closed: a handler may have kept a hand on it (D3). */
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
}
