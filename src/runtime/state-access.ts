import { HeddleError } from '../errors.ts'

/** One turn's way to a state. When the turn ends it is closed: a handler may have kept a hand on it (D3). */
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
