/** The random harm that a simulation does to its lanes and turns. */
import type { Scheduler } from './scheduler.ts'

/**
 * How often a simulation does harm: with this probability, from 0 to 1, at each opportunity, and
 * `most` times in all.
 */
export interface Chance {
  readonly probability: number
  readonly most: number
}

/** Some kill points occur so seldom that a lane would hardly ever end there. */
const RARE = 20

/** Decides when a lane ends. */
export class Reaper {
  /** Lanes are spared until the runtime has started. */
  isActive = false
  readonly kills = {
    'before-begin': 0,
    'claim-lost': 0,
    recalled: 0,
    begun: 0,
    ended: 0,
    posted: 0,
    between: 0,
  }
  readonly #harm: Harm

  constructor(scheduler: Scheduler, kills: Chance | undefined) {
    this.#harm = new Harm(scheduler, kills)
  }

  decides(point: keyof Reaper['kills']): boolean {
    const weight = point === 'claim-lost' || point === 'recalled' ? RARE : 1
    if (!this.isActive || !this.#harm.isDue(weight)) return false
    this.kills[point]++
    return true
  }
}

/** Random harm, up to a number of times. */
export class Harm {
  done = 0
  readonly #scheduler: Scheduler
  readonly #chance: Chance

  constructor(scheduler: Scheduler, chance: Chance = { probability: 0, most: 0 }) {
    this.#scheduler = scheduler
    this.#chance = chance
  }

  /** Whether harm is done now. `weight`: how much more likely it is here than elsewhere. */
  isDue(weight = 1): boolean {
    const { probability, most } = this.#chance
    if (this.done >= most || this.#scheduler.random.next() >= probability * weight) return false
    this.done++
    return true
  }
}
