/**
 * How often lanes may die, and how soon they are replaced after a death.
 *
 * Owns: when each lane died without a turn to blame, and its deaths in a row.
 * Invariants: D6, a death that a turn has caused never counts against the budget, so no number of
 * such messages takes a lane down for good: its replacement is slowed down instead. A death without
 * a culprit counts.
 */
import type { Clock } from '../../clock.ts'
import type { Toll } from './blame.ts'
import type { LaneChannel } from './lane-channel.ts'

/** How often a lane may die before it is given up. */
export interface RestartBudget {
  /** Deaths that no turn was found to have caused. Default 20. */
  readonly max: number
  /** The milliseconds within which deaths are counted. Default 60,000. */
  readonly withinMs: number
}

export type AfterDeath =
  | { readonly kind: 'replace'; readonly pauseMs: number }
  | { readonly kind: 'give-up'; readonly deaths: number }

/** The longest pause before a lane that keeps dying at once is replaced. */
const LONGEST_PAUSE_MS = 5_000
const FIRST_PAUSE_MS = 50
/**
 * Each death that turns cause makes the next replacement wait longer by this, up to a bound, until
 * no such death has come for a while.
 */
const STEP_MS = 4
const LONGEST_STEP_MS = 250
const CALM_MS = 10_000

interface Past {
  /** When the lane died without a turn to blame. */
  deaths: number[]
  /** How many times in a row it died without having settled anything. */
  inVain: number
  /** How many times in a row it died because of a turn. */
  caused: number
  last: number
}

export class Restarts {
  readonly #clock: Clock
  readonly #budget: RestartBudget
  readonly #pasts = new Map<LaneChannel, Past>()

  constructor(clock: Clock, budget: RestartBudget) {
    this.#clock = clock
    this.#budget = budget
  }

  /** `settled`: whether the lane has settled anything since its start. */
  after(lane: LaneChannel, toll: Toll, settled: boolean): AfterDeath {
    const past = this.#pasts.get(lane) ?? { deaths: [], inVain: 0, caused: 0, last: 0 }
    this.#pasts.set(lane, past)
    const now = this.#clock.now()
    past.deaths = past.deaths.filter((at) => at >= now - this.#budget.withinMs)
    if (toll === 'condemned')
      past.deaths.pop() // so the turn caused the death before as well, at which it was suspected
    else if (toll !== 'attributed') past.deaths.push(now)
    const deaths = past.deaths.length
    if (deaths > this.#budget.max) return { kind: 'give-up', deaths }
    if (toll === 'unexplained') return { kind: 'replace', pauseMs: pauseInVain(past, settled) }
    past.inVain = 0
    past.caused = now - past.last > CALM_MS ? 0 : past.caused + 1
    past.last = now
    return { kind: 'replace', pauseMs: Math.min(LONGEST_STEP_MS, past.caused * STEP_MS) }
  }

  /** Forgets the lane's deaths. */
  forget(lane: LaneChannel): void {
    this.#pasts.delete(lane)
  }
}

function pauseInVain(past: Past, settled: boolean): number {
  past.inVain = settled ? 0 : past.inVain + 1
  if (past.inVain < 2) return 0
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (past.inVain - 2))
}
