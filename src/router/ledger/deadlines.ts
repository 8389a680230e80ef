/**
 * The deadlines of many waits with few different durations. Waits of one duration end in the order
 * in which they began, so one timer serves them all: it is set for the first.
 *
 * Owns: the waits that have not ended, and the timers.
 * Invariant: D9, every wait has an end.
 */
import type { JudgingClock } from '../../judging-clock.ts'

export interface Expiring {
  /** Called once, when its time is over. */
  expire(): void
}

export class Deadlines {
  readonly #clock: JudgingClock
  readonly #queues = new Map<number, DeadlineQueue>()

  constructor(clock: JudgingClock) {
    this.#clock = clock
  }

  /** How many different durations have waits. */
  get durations(): number {
    return this.#queues.size
  }

  /** `wait` expires in `ms` milliseconds, unless it is removed before; `Infinity`: never. */
  add(wait: Expiring, ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    let queue = this.#queues.get(ms)
    if (queue === undefined) {
      queue = new DeadlineQueue(this.#clock, () => this.#queues.delete(ms))
      this.#queues.set(ms, queue)
    }
    queue.add(wait, ms)
  }

  /** Milliseconds until `wait` expires; 0: it has expired, or is unknown. */
  leftOf(wait: Expiring, ms: number): number {
    return this.#queues.get(ms)?.leftOf(wait) ?? 0
  }

  /** `ms` must be the value given to `add`. */
  remove(wait: Expiring, ms: number): void {
    this.#queues.get(ms)?.remove(wait)
  }
}

class DeadlineQueue {
  readonly #clock: JudgingClock
  readonly #emptied: () => void
  /** When each wait is due, in order. */
  readonly #due = new Map<Expiring, number>()
  #stopTimer: (() => void) | undefined

  constructor(clock: JudgingClock, emptied: () => void) {
    this.#clock = clock
    this.#emptied = emptied
  }

  add(wait: Expiring, ms: number): void {
    this.#due.set(wait, this.#clock.now() + ms)
    this.#stopTimer ??= this.#clock.after(ms, () => this.#expire())
  }

  leftOf(wait: Expiring): number {
    return Math.max(0, (this.#due.get(wait) ?? 0) - this.#clock.now())
  }

  /** Removes a wait. The timer stays while others wait, even if it was set for this one. */
  remove(wait: Expiring): void {
    this.#due.delete(wait)
    if (this.#due.size > 0) return
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#emptied()
  }

  #expire(): void {
    this.#stopTimer = undefined
    for (const [wait, due] of this.#due) {
      const left = due - this.#clock.now()
      if (left > 0) {
        this.#stopTimer = this.#clock.after(left, () => this.#expire())
        return
      }
      this.#due.delete(wait)
      // Before `expire` is called, which may begin another wait of the same duration.
      if (this.#due.size === 0) this.#emptied()
      wait.expire()
    }
  }
}
