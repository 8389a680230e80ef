/**
 * The contract on simulated lanes, seed by seed. A seed makes plans, conditions and deaths of
 * lanes, plays them under a scheduler that the seed drives, and judges what the handlers wrote. The
 * same seed always does the same.
 */
import fc from 'fast-check'
import {
  judgeAnswers,
  judgeDeliveries,
  judgeEnds,
  judgeState,
} from '../test/conformance/judge-effects.ts'
import { judgeLimit } from '../test/conformance/judge-limits.ts'
import { judgeOrder, judgePairs, judgeSerial } from '../test/conformance/judge-order.ts'
import type { Plan } from '../test/conformance/plans.ts'
import { plans } from '../test/conformance/plans.ts'
import { type Play, play } from '../test/conformance/play.ts'
import { type Conditions, type Make, simulated } from '../test/conformance/runtimes.ts'
import { Stage } from '../test/conformance/stage.ts'

const LIMIT = 'gate'
/** How many plans a seed makes. */
const PLANS_A_SEED = 10
/** A play that takes longer counts as hung. */
const HANGS_MS = 20_000
const JUDGES = [
  judgeEnds,
  judgeDeliveries,
  judgeState,
  judgeAnswers,
  judgeSerial,
  judgeOrder,
  judgePairs,
  judgeLimit,
  judgeNoDeadline,
]

export interface Totals {
  seeds: number
  plans: number
  /** Events that the scheduler has chosen. */
  steps: number
  deliveries: number
  readonly kills: Record<string, number>
  /** Failures that were injected into handlers. */
  failures: number
  /** Lanes that were renewed. */
  fills: number
  /** Keys that were taken back from a lane. */
  recalls: number
}

export function noTotals(): Totals {
  return {
    seeds: 0,
    plans: 0,
    steps: 0,
    deliveries: 0,
    kills: {},
    failures: 0,
    fills: 0,
    recalls: 0,
  }
}

/** What a seed found: the smallest plan and conditions that still show it. */
export interface Failure {
  readonly seed: number
  readonly problem: string
  readonly plan: Plan
  readonly conditions: Conditions
  /** What the handlers wrote when that plan was played once more. */
  readonly history: readonly unknown[]
}

/**
 * Simulated lanes that die, handlers that are made to fail and are tried again, and a limit that
 * turns wait for.
 */
export const harsh: Make = {
  ...simulated,
  conditions: (deaths) => {
    const probability = fc.constantFrom(0, 0.01, 0.1)
    const harm = fc.record({ probability, most: fc.integer({ min: 1, max: 3 }) })
    return fc
      .tuple(simulated.conditions(deaths), harm, harm)
      .map(([conditions, failures, fills]) => ({ ...conditions, failures, fills }))
  },
  start: (options, conditions) => {
    return simulated.start({ ...options, limits: { [LIMIT]: 1 } }, conditions)
  },
}

/**
 * Plays one seed and adds to `totals`. `make` makes the runtime to play on; by default on simulated
 * lanes.
 */
export async function simulate(
  seed: number,
  totals: Totals,
  make: Make = harsh,
): Promise<Failure | undefined> {
  const property = fc.asyncProperty(
    plans({ asks: 'anybody', messages: 40, keys: 5, limit: LIMIT }),
    make.conditions(true),
    async (plan, conditions) => {
      const { stage } = await playOn(make, plan, conditions)
      totals.plans++
      totals.steps += stage.simulation?.steps ?? 0
      totals.fills += stage.simulation?.fills ?? 0
      totals.recalls += stage.simulation?.recalls ?? 0
      totals.failures += stage.simulation?.failures ?? 0
      totals.deliveries += stage.runtime.stats().accepted
      for (const [point, times] of Object.entries(stage.simulation?.kills ?? {})) {
        totals.kills[point] = (totals.kills[point] ?? 0) + times
      }
    },
  )
  const found = await fc.check(property, {
    seed,
    numRuns: PLANS_A_SEED,
    timeout: HANGS_MS,
    interruptAfterTimeLimit: 10 * HANGS_MS,
  })
  totals.seeds++
  if (!found.failed) return undefined
  const [plan, conditions] = found.counterexample as [Plan, Conditions]
  const { errorInstance } = found
  const problem = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  return { seed, problem, plan, conditions, history: await historyOf(make, plan, conditions) }
}

async function playOn(make: Make, plan: Plan, conditions: Conditions) {
  const stage = await Stage.open(make, {}, conditions)
  try {
    const played = await play(stage, plan)
    for (const judge of JUDGES) judge(played)
    return { stage, played }
  } finally {
    await stage.close()
  }
}

async function historyOf(make: Make, plan: Plan, conditions: Conditions): Promise<unknown[]> {
  const stage = await Stage.open(make, {}, conditions)
  try {
    await play(stage, plan).catch(() => {})
    return stage.history()
  } finally {
    await stage.close()
  }
}

/** With every cycle refused, no request waits until its deadline (D9). */
function judgeNoDeadline({ history }: Play): void {
  for (const event of history) {
    if (event.at === 'refused' && event.code === 'HEDDLE_DEADLINE') {
      throw new Error(`${event.label} waited until its deadline`)
    }
  }
}
