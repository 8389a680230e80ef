/**
 * Ends deliveries with a time to live whose turns have not begun when it is over.
 *
 * Owns: nothing; the deadlines keep the time.
 * Does not own: how an expired delivery ends.
 */
import type { Deadlines, Expiring } from './deadlines.ts'
import type { Delivery } from './delivery.ts'

export class Expiries {
  readonly #deadlines: Deadlines
  readonly #expire: (delivery: Delivery) => void
  readonly #waits = new Map<Delivery, Expiring>()

  constructor(deadlines: Deadlines, expire: (delivery: Delivery) => void) {
    this.#deadlines = deadlines
    this.#expire = expire
  }

  add(delivery: Delivery): void {
    const wait: Expiring = {
      expire: () => {
        this.#waits.delete(delivery)
        this.#expire(delivery)
      },
    }
    this.#waits.set(delivery, wait)
    this.#deadlines.add(wait, delivery.ttlMs)
  }

  isAlive(delivery: Delivery): boolean {
    return this.#waits.has(delivery)
  }

  /** What is left of its time to live, in milliseconds. */
  leftOf(delivery: Delivery): number {
    const wait = this.#waits.get(delivery)
    return wait === undefined ? 0 : this.#deadlines.leftOf(wait, delivery.ttlMs)
  }

  remove(delivery: Delivery): void {
    const wait = this.#waits.get(delivery)
    if (wait === undefined) return
    this.#waits.delete(delivery)
    this.#deadlines.remove(wait, delivery.ttlMs)
  }
}
