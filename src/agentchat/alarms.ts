/** The moments of a run at which conditions and the budget look at the time, though nobody has spoken. */
import type { Clock } from '../clock.ts'
import type { TeamPlan } from './team-plan.ts'

/** Tells each of them, in milliseconds after now. The returned function ends that. */
export function setAlarms(
  { stopWhen, budget }: Pick<TeamPlan, 'stopWhen' | 'budget'>,
  clock: Clock,
  tell: (atMs: number) => void,
): () => void {
  const alarms = [...(stopWhen?.alarms ?? []), ...(budget.ms === undefined ? [] : [budget.ms])]
  const stops = alarms.map((ms) => clock.after(ms, () => tell(ms)))
  return () => {
    for (const stop of stops) stop()
  }
}
