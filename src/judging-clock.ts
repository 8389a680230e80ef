/**
 * A clock for whatever judges by time: deadlines, limits, watches, the end of a stop.
 *
 * A thread that was busy finds its timers due before it has read what arrived meanwhile. So a timer
 * of this clock runs after the events that wait when it is due: what arrived in time is taken in
 * first, in its own order, and then it is judged. A timer that this makes needless is stopped like
 * any other.
 */
import type { Clock } from './clock.ts'

export interface JudgingClock extends Clock {
  /** What judges asks for this by its type, so that no plain clock is given to it. */
  readonly takesInFirst: true
}

export function judgingClock(clock: Clock): JudgingClock {
  return {
    takesInFirst: true,
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    soon: (run) => clock.soon(run),
    after: (ms, judge) => {
      let isDone = false
      const stopTimer = clock.after(ms, () => {
        clock.soon(() => {
          if (!isDone) judge()
        })
      })
      return () => {
        isDone = true
        stopTimer()
      }
    },
  }
}
