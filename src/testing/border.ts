/** Turns of a simulation that await something outside it. */
import { HeddleError } from '../errors.ts'
import type { Lane } from '../lane/lane.ts'

/** A turn that awaited something outside the simulation. */
export interface OutsideAwait {
  readonly agent: string
  readonly message: string
}

/**
 * Looks for turns that await something outside the simulation: when nothing else can happen, they
 * are the turns that still wait.
 */
export class Border {
  readonly crossed: OutsideAwait[] = []
  readonly lanes = new Set<Lane>()
  readonly #policy: 'refuse' | 'report'
  readonly #seen = new WeakSet<object>()

  constructor(policy: 'refuse' | 'report') {
    this.#policy = policy
  }

  patrol(): void {
    for (const lane of this.lanes) {
      for (const run of lane.turnsOutside()) {
        if (this.#seen.has(run)) continue
        this.#seen.add(run)
        const { agent, key, message } = run.delivery
        const found = { agent: `${agent}/${key}`, message }
        this.crossed.push(found)
        if (this.#policy === 'refuse') {
          lane.refuse(run, new HeddleError('HEDDLE_OUTSIDE_AWAIT', found))
        }
      }
    }
  }
}
