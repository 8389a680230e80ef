import { HeddleError } from '../errors.ts'

/** Whether a turn has a state now. Outside of one nothing reaches it: a handler may have kept a hand on it (D3). */
export class StateAccess {
  isOpen = true
  readonly #agent: string

  constructor(agent: string) {
    this.#agent = agent
  }

  /** Throws HEDDLE_TURN_ENDED. */
  assertOpen(): void {
    if (this.isOpen) return
    throw new HeddleError('HEDDLE_TURN_ENDED', { agent: this.#agent, call: 'state' })
  }
}
