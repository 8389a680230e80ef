/**
 * Looks repeatedly for what makes no progress, as long as there is work. It does not run on an idle
 * runtime, where nothing can be stuck.
 *
 * Owns: the timer.
 * Invariant: D10, whatever takes too long is reported, ended, or both.
 */
import type { JudgingClock } from '../../judging-clock.ts'

/** Milliseconds between two looks, and so the precision of all limits. */
export const LOOK_MS = 100

export class Watch {
  readonly #clock: JudgingClock
  readonly #look: () => void
  #stopTimer: (() => void) | undefined

  constructor(clock: JudgingClock, look: () => void) {
    this.#clock = clock
    this.#look = look
  }

  start(): void {
    this.#stopTimer ??= this.#clock.after(LOOK_MS, () => {
      this.#stopTimer = undefined
      this.start()
      this.#look()
    })
  }

  stop(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }
}
