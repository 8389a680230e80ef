/** What chance does to lanes and turns of a simulation. */
import type { Scheduler } from './scheduler.ts'

/**
 * How often a simulation does harm: with this probability, from 0 to 1, wherever it could, and
 * `most` times in all.
 */
export interface Chance {
  readonly probability: number
  readonly most: number
}

/** Some points come so seldom that a lane would hardly ever end there. */
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

/** Harm by chance, so many times at most. */
export class Harm {
  done = 0
  readonly #scheduler: Scheduler
  readonly #chance: Chance

  constructor(scheduler: Scheduler, chance: Chance = { probability: 0, most: 0 }) {
    this.#scheduler = scheduler
    this.#chance = chance
  }

  /** `weight`: how much more likely than elsewhere. */
  isDue(weight = 1): boolean {
    const { probability, most } = this.#chance
    if (this.done >= most || this.#scheduler.random.next() >= probability * weight) return false
    this.done++
    return true
  }
}
