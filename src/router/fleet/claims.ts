/**
 * The claims on the deliveries that stand on one lane, as the router keeps them.
 *
 * Owns: which delivery has which cell of the lane's shared memory, and in which order they were
 * posted.
 * Does not own: the cells (counters), and what becomes of a delivery that is taken back
 * (placement).
 * Invariant: no two claims of a lane are the same until 500,000 others were given out, so a
 * delivery that was taken back and that its lane has not yet dropped is never mistaken for a later
 * one in the same cell.
 */
import { CLAIM_CELLS, type Counters, NO_CLAIM } from '../../wire/counters.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'

/** Above the number of the cell, so that a claim fits into 31 bits. */
const ROUNDS = 2 ** 31 / CLAIM_CELLS - 1

export class Claims {
  /** Deliveries ever posted: the last one's number. */
  posted = 0
  readonly #deliveries: (Delivery | undefined)[] = []
  /** By cell: the delivery's number among all that were posted. */
  readonly #numbers: number[] = []
  readonly #free: number[] = []
  /** Deliveries that their lane was told to end without a turn: they end there. */
  readonly #kept = new Set<Delivery>()

  /** A delivery is about to be posted. With all cells in use it gets no claim. */
  give(delivery: Delivery, counters: Counters): void {
    const number = ++this.posted
    const cell = this.#free.pop() ?? this.#deliveries.length
    if (cell === CLAIM_CELLS) return
    this.#deliveries[cell] = delivery
    this.#numbers[cell] = number
    delivery.claim = ((number % ROUNDS) + 1) * CLAIM_CELLS + cell
    counters.offer(delivery.claim)
  }

  /** It has settled, or was taken back. */
  drop(delivery: Delivery): void {
    if (delivery.claim === NO_CLAIM) return
    const cell = delivery.claim % CLAIM_CELLS
    delivery.claim = NO_CLAIM
    this.#deliveries[cell] = undefined
    this.#free.push(cell)
    if (this.#kept.size > 0) this.#kept.delete(delivery)
  }

  /** Its lane is told to end it without a turn: it is not taken back any more, nor is its key. */
  keep(delivery: Delivery): void {
    if (delivery.claim !== NO_CLAIM) this.#kept.add(delivery)
  }

  /** The lane has died. */
  clear(): void {
    for (const delivery of this.#deliveries) if (delivery !== undefined) delivery.claim = NO_CLAIM
    this.#deliveries.length = 0
    this.#free.length = 0
    this.#kept.clear()
  }

  /**
   * Keys all of whose posted deliveries can be taken back, the first of them among the first `upTo`
   * that were posted; each with those deliveries, in order.
   */
  idleKeys(upTo: number, counters: Counters): Map<Key, Delivery[]> {
    const unbegun = new Map<Key, Delivery[]>()
    for (const delivery of this.#deliveries) {
      if (delivery?.home === undefined || !counters.isOffered(delivery.claim)) continue
      const known = unbegun.get(delivery.home)
      if (known === undefined) unbegun.set(delivery.home, [delivery])
      else known.push(delivery)
    }
    for (const [key, deliveries] of unbegun) {
      deliveries.sort((one, other) => this.#numberOf(one) - this.#numberOf(other))
      const isWhole = deliveries.length === key.posted
      const isOld = this.#numberOf(deliveries[0] as Delivery) <= upTo
      const isKept = this.#kept.size > 0 && deliveries.some((one) => this.#kept.has(one))
      if (!isWhole || !isOld || isKept) unbegun.delete(key)
    }
    return unbegun
  }

  #numberOf({ claim }: Delivery): number {
    return this.#numbers[claim % CLAIM_CELLS] as number
  }
}
