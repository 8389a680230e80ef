/**
 * Alarms: the moments of a run at which conditions and the budget check the time even though nobody
 * has spoken.
 */
import type { Clock } from '../../clock.ts'
import { describe } from '../../errors.ts'
import type { Condition } from '../conditions/condition.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { TeamPlan } from './team-plan.ts'

/**
 * Sets all alarms of a run that has begun `elapsedMs` ago; `tell` is called with the milliseconds
 * of each. The returned function cancels them. Throws HEDDLE_INVALID_TEAM, and then sets none.
 */
export function setAlarms(
  { name, stopWhen, budget }: Pick<TeamPlan, 'name' | 'stopWhen' | 'budget'>,
  clock: Clock,
  tell: (atMs: number) => void,
  elapsedMs = 0,
): () => void {
  const alarms = [...alarmsOf(name, stopWhen), ...(budget.ms === undefined ? [] : [budget.ms])]
  const stops: (() => void)[] = []
  const stopAll = () => {
    for (const stop of stops.splice(0)) stop()
  }
  try {
    for (const ms of alarms) stops.push(clock.after(Math.max(0, ms - elapsedMs), () => tell(ms)))
  } catch (error) {
    stopAll()
    throw error
  }
  return stopAll
}

/** Whether time may end a run of this team. */
export function hasAlarms({ stopWhen, budget }: Pick<TeamPlan, 'stopWhen' | 'budget'>): boolean {
  return budget.ms !== undefined || (stopWhen?.alarms ?? []).length > 0
}

/** Throws HEDDLE_INVALID_TEAM if the alarms of its condition are not times. */
export function checkAlarms({ name, stopWhen }: Pick<TeamPlan, 'name' | 'stopWhen'>): void {
  alarmsOf(name, stopWhen)
}

/** The alarms of a condition, checked, since users write conditions too. */
function alarmsOf(team: string, stopWhen: Condition | undefined): readonly number[] {
  const alarms: unknown = stopWhen?.alarms ?? []
  const rule = 'milliseconds after its begin: numbers that are not below 0'
  if (!Array.isArray(alarms)) {
    const problem = `the alarms of its condition are ${describe(alarms)}, and must be a list of ${rule}`
    throw refuseChat('team', problem, team)
  }
  const odd: unknown = alarms.find((ms) => !(Number.isFinite(ms) && ms >= 0))
  if (odd === undefined) return alarms
  const problem = `an alarm of its condition is ${describe(odd)}; alarms are ${rule}`
  throw refuseChat('team', problem, team)
}
