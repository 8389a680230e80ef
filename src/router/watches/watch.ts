/**
 * Looks repeatedly for what makes no progress, as long as there is work. It does not run on an idle
 * runtime, where nothing can be stuck.
 *
 * Owns: the timer, and the count of looks, by which progress is measured.
 * Invariant: D10, whatever takes too long is reported, ended, or both.
 */
import type { JudgingClock } from '../../judging-clock.ts'

/** Milliseconds between two looks, and so the precision of all limits. */
export const LOOK_MS = 100

export class Watch {
  readonly #clock: JudgingClock
  readonly #look: () => void
  #looks = 0
  #stopTimer: (() => void) | undefined

  constructor(clock: JudgingClock, look: () => void) {
    this.#clock = clock
    this.#look = look
  }

  /** How often it has looked. */
  get looks(): number {
    return this.#looks
  }

  start(): void {
    this.#stopTimer ??= this.#clock.after(LOOK_MS, () => {
      this.#stopTimer = undefined
      this.start()
      this.#looks++
      this.#look()
    })
  }

  stop(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }
}
