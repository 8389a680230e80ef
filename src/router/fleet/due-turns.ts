/**
 * The turns of one lane that the watch is to look at, by its looks: a turn is looked at when it may
 * have become overdue, and not before. So a look costs what is due, and not what is under way.
 *
 * Owns: which delivery is due at which look.
 * Does not own: what is looked for (turn-watch).
 */
import type { Delivery } from '../ledger/delivery.ts'

export class DueTurns {
  /** How often the watch has looked since the lane started. */
  #looks = 0
  readonly #due = new Map<number, Set<Delivery>>()

  get looks(): number {
    return this.#looks
  }

  /** At the next look. */
  soon(delivery: Delivery): void {
    this.put(delivery, this.#looks + 1)
  }

  /** At a later look, and at no other. */
  put(delivery: Delivery, look: number): void {
    this.drop(delivery)
    const due = this.#due.get(look)
    if (due === undefined) this.#due.set(look, new Set([delivery]))
    else due.add(delivery)
    delivery.dueAt = look
  }

  /** It has settled, or left the lane. */
  drop(delivery: Delivery): void {
    const { dueAt } = delivery
    if (dueAt === 0) return
    delivery.dueAt = 0
    const due = this.#due.get(dueAt)
    due?.delete(delivery)
    if (due?.size === 0) this.#due.delete(dueAt)
  }

  /** Begins the next look. Returns what is due; the caller says when each is due again. */
  next(): Delivery[] {
    const due = [...(this.#due.get(++this.#looks) ?? [])]
    this.#due.delete(this.#looks)
    for (const delivery of due) delivery.dueAt = 0
    return due
  }

  /** Forgets everything: the lane has died. */
  clear(): void {
    for (const due of this.#due.values()) for (const delivery of due) delivery.dueAt = 0
    this.#due.clear()
    this.#looks = 0
  }
}
