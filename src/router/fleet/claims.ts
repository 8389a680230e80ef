/**
 * The claims on the deliveries of one lane, as the router keeps them.
 *
 * Owns: which delivery has which cell of the lane's shared memory, and in which order they were
 * posted.
 * Does not own: the cells (counters), and what happens to a delivery that is taken back
 * (placement).
 * Invariant: a claim does not recur on a lane until 500,000 others were given out, so a delivery
 * that was taken back and that its lane has not dropped yet is never mistaken for a later one in
 * the same cell.
 */
import { CLAIM_CELLS, type Counters, NO_CLAIM } from '../../wire/counters.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'

/** The rounds stand above the bits of the cell's number, and a claim fits into 31 bits. */
const ROUNDS = 2 ** 31 / CLAIM_CELLS - 1

export class Claims {
  /** How many deliveries were ever posted: the number of the last one. */
  posted = 0
  readonly #deliveries: (Delivery | undefined)[] = []
  /** By cell: the delivery's number among all that were posted. */
  readonly #numbers: number[] = []
  readonly #free: number[] = []
  /** Deliveries that their lane was asked to end without a turn: they end there. */
  readonly #kept = new Set<Delivery>()

  /** Gives a claim to a delivery that is about to be posted. With all cells in use it gets none. */
  give(delivery: Delivery, counters: Counters): void {
    const number = ++this.posted
    const cell = this.#free.pop() ?? this.#deliveries.length
    if (cell === CLAIM_CELLS) return
    this.#deliveries[cell] = delivery
    this.#numbers[cell] = number
    delivery.claim = ((number % ROUNDS) + 1) * CLAIM_CELLS + cell
    counters.offer(delivery.claim)
  }

  /** Drops the claim of a delivery that has settled or was taken back. */
  drop(delivery: Delivery): void {
    if (delivery.claim === NO_CLAIM) return
    const cell = delivery.claim % CLAIM_CELLS
    delivery.claim = NO_CLAIM
    this.#deliveries[cell] = undefined
    this.#free.push(cell)
    if (this.#kept.size > 0) this.#kept.delete(delivery)
  }

  /**
   * Notes that its lane is asked to end it without a turn: neither it nor its key is taken back any
   * more.
   */
  keep(delivery: Delivery): void {
    if (delivery.claim !== NO_CLAIM) this.#kept.add(delivery)
  }

  /** Drops all claims: the lane has died. */
  clear(): void {
    for (const delivery of this.#deliveries) if (delivery !== undefined) delivery.claim = NO_CLAIM
    this.#deliveries.length = 0
    this.#free.length = 0
    this.#kept.clear()
  }

  /**
   * Keys whose posted deliveries can all be taken back, the first of them among the first `upTo`
   * posted. Each comes with those deliveries, in order.
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
