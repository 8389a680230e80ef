/**
 * How a runtime begins and ends. Every wait here is bounded: neither hangs on a lane that does not
 * answer.
 */
import type { Registrable } from '../agents/agent-module.ts'
import { handOut } from '../messages/frozen.ts'
import type { Fleet } from '../router/fleet/fleet.ts'
import type { Roster } from '../router/fleet/roster.ts'
import type { DeadLetterCounts } from '../router/reports/dead-letters.ts'
import type { Router } from '../router/router.ts'
import { runtimeBegins, runtimeEnds } from '../tools/main-part.ts'
import { allOf, type Bounded, bounded, inSteps, untilLate } from '../until.ts'
import type { DisposeProblem } from '../wire/lane-handle.ts'

/** The result of `runtime.stop`. */
export interface StopReport {
  /**
   * How many deliveries were not done at the deadline: they are dead letters with the reason
   * `stopped`.
   */
  readonly left: number
  /** The dead letters since the start, including the deliveries that were left. */
  readonly deadLetters: DeadLetterCounts
  /** Disposals that failed, or did not end in time. */
  readonly problems: readonly DisposeProblem[]
}

/** How long a stop waits for what the main thread did for turns, such as tools on threads. */
const PARTS_MS = 5_000

export interface Living {
  readonly router: Router
  readonly fleet: Fleet
  readonly roster: Roster
}

export function begin(
  { fleet, roster }: Living,
  agents: readonly Registrable[],
  stop: () => Bounded<unknown>,
): Bounded<void> {
  runtimeBegins()
  return inSteps(async () => {
    try {
      await bounded(fleet.start())
      await bounded(roster.registerAll(agents))
    } catch (error) {
      await bounded(stop())
      throw error
    }
  })
}

export function end({ router, fleet }: Living, deadlineMs: number): Bounded<StopReport> {
  return inSteps(async () => {
    router.closeGate()
    await bounded(untilLate(router.judge, deadlineMs, router.idle(), () => {}))
    const left = router.close()
    const own = router.lanes.includes(router.main) ? undefined : router.main.handle
    const closing = [fleet.stop(), ...(own === undefined ? [] : [own.close()])]
    const problems = (await bounded(allOf(closing))).flat()
    for (const problem of problems) router.notDisposed(problem)
    router.flushReports()
    await bounded(untilLate(router.judge, PARTS_MS, runtimeEnds(), () => {}))
    return handOut({ left, deadLetters: router.deadLetters.counts, problems })
  })
}
