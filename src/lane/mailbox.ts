/**
 * What a lane holds of one key: the waiting deliveries, the running turn, the live states of its
 * agents.
 */
import { Fifo } from '../fifo.ts'
import { LiveState } from '../state/live-state.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { StoredAgent } from '../wire/wire.ts'
import type { LaneAgent } from './lane-agents.ts'

export class Mailbox {
  /** The serial domain: the key, except for closure agents. */
  readonly domain: string
  readonly queue = new Fifo<LaneDelivery>()
  /**
   * What stops the queue: the key's one turn (D1); the pause before the turn is tried again; before
   * that pause begins, the commit that reports it; or a recall, when the router has taken back what
   * is here and the lane has not read the record yet.
   */
  held: 'not' | 'by-turn' | 'by-pause' | 'by-commit' | 'by-recall' = 'not'
  /** The slot of its turn, while that is suspended; -1: none is. */
  suspended = -1
  #live: Map<string, LiveState> | undefined
  #stored: readonly StoredAgent[] = []

  constructor(domain: string) {
    this.domain = domain
  }

  /**
   * Takes in the committed state of the key's agents: each becomes live when a turn first uses it.
   */
  activate(stored: readonly StoredAgent[]): void {
    this.#stored = stored
    this.#live = undefined
  }

  /**
   * The live state of one agent of this key; made from committed text, or from the initial values.
   */
  stateOf(agent: LaneAgent): LiveState {
    const known = this.#live?.get(agent.type)
    if (known !== undefined) return known
    const stored = this.#stored.find((candidate) => candidate.agent === agent.type)
    const live = new LiveState(agent.type, agent.definition.state, stored?.fields)
    this.#live ??= new Map()
    this.#live.set(agent.type, live)
    return live
  }

  /** Whether the mailbox can be dropped: the key's next delivery would miss nothing. */
  get isSpent(): boolean {
    if (this.queue.size > 0 || this.held !== 'not') return false
    if (this.#stored.some(({ agent }) => this.#live?.has(agent) !== true)) return false
    for (const state of this.#live?.values() ?? []) if (!state.isInitial) return false
    return true
  }
}
