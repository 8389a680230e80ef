/** Message ids that were given from outside, remembered for a while: the same id twice is one delivery (D7). */
import type { Clock } from '../clock.ts'

/** For how long ids from outside are remembered. */
export interface IdWindow {
  /** Milliseconds. Default 300,000. */
  readonly windowMs: number
  /** The latest so many. Default 100,000. */
  readonly max: number
}

interface Remembered<T> {
  readonly outcome: T
  readonly at: number
}

export class RecentIds<T> {
  readonly #clock: Clock
  readonly #window: IdWindow
  /** In the order in which they came. */
  readonly #ids = new Map<string, Remembered<T>>()

  constructor(clock: Clock, window: IdWindow) {
    this.#clock = clock
    this.#window = window
  }

  /** What came of the message that had this id; undefined: it is new, or forgotten. */
  find(id: string): T | undefined {
    this.#forgetOld()
    return this.#ids.get(id)?.outcome
  }

  remember(id: string, outcome: T): void {
    this.#ids.set(id, { outcome, at: this.#clock.now() })
    this.#forgetOld()
  }

  /** The message was not accepted after all. */
  forget(id: string): void {
    this.#ids.delete(id)
  }

  #forgetOld(): void {
    const since = this.#clock.now() - this.#window.windowMs
    for (const [id, { at }] of this.#ids) {
      if (at >= since && this.#ids.size <= this.#window.max) return
      this.#ids.delete(id)
    }
  }
}
