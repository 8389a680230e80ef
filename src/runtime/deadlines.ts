/**
 * Many waits of few durations. Waits of one duration end in the order in which they began, so one timer serves them all: it is
 * set for the first.
 *
 * Owns: the waits that have not ended, and the timers. Invariant: D9, every wait has an end.
 */
import type { Clock } from '../clock.ts'

export interface Wait {
  /** Called once, when its time is over. */
  expire(): void
}

export class Deadlines {
  readonly #clock: Clock
  readonly #queues = new Map<number, DeadlineQueue>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `wait` expires in `ms` milliseconds, unless it is removed before. */
  add(wait: Wait, ms: number): void {
    let queue = this.#queues.get(ms)
    if (queue === undefined) {
      queue = new DeadlineQueue(this.#clock)
      this.#queues.set(ms, queue)
    }
    queue.add(wait, ms)
  }

  /** `ms` as it was given to `add`. */
  remove(wait: Wait, ms: number): void {
    const queue = this.#queues.get(ms)
    queue?.remove(wait)
    if (queue?.isEmpty) this.#queues.delete(ms)
  }
}

class DeadlineQueue {
  readonly #clock: Clock
  /** When each is due, the first to be due first. */
  readonly #due = new Map<Wait, number>()
  #stopTimer: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isEmpty(): boolean {
    return this.#due.size === 0
  }

  add(wait: Wait, ms: number): void {
    this.#due.set(wait, this.#clock.now() + ms)
    this.#stopTimer ??= this.#clock.after(ms, () => this.#expire())
  }

  /** The timer stays while others wait, even if it was set for this one. */
  remove(wait: Wait): void {
    this.#due.delete(wait)
    if (!this.isEmpty) return
    this.#stopTimer?.()
    this.#stopTimer = undefined
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
      wait.expire()
    }
  }
}
