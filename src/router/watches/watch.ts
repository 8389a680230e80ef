/**
 * Looks, again and again while there is work, for what gets nowhere. It stands still on an idle
 * runtime, which has nothing to lose.
 *
 * Owns: the timer. Invariant: D10, whatever takes too long is told, ended, or both.
 */
import type { JudgingClock } from '../../judging-clock.ts'

/** Milliseconds between two looks: how exact its limits are. */
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
