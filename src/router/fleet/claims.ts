/**
 * What the router knows of the begun and the unbegun among the deliveries of one lane.
 *
 * Owns: the number of each posting, and which keys have deliveries there of which no turn is known
 * to have begun.
 * Does not own: the cells (counters), and what happens to a delivery that is taken back
 * (placement).
 * Invariants: a claim does not recur on a lane until two thousand million others were given out, so
 * a delivery that was taken back and that its lane has not dropped yet is never mistaken for a
 * later one in the same cell; a turn that is known to have begun is not looked at here again.
 */
import { type Counters, claimOf, NO_CLAIM, postedBetween } from '../../wire/counters.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'

export class Claims {
  /** How many deliveries were ever posted: the number of the last one. */
  posted = 0
  readonly #begun: (first: Delivery) => void
  readonly #isShared: boolean
  /** The others have nothing here, or a turn that is known to have begun. */
  readonly #unbegun = new Set<Key>()
  /** Deliveries that their lane was asked to end without a turn: they end there. */
  readonly #kept = new Set<Delivery>()

  /**
   * `begun`: called once for each key's first delivery that is found to have begun. `isShared`:
   * whether other lanes could take over what is posted here.
   */
  constructor(isShared: boolean, begun: (first: Delivery) => void) {
    this.#isShared = isShared
    this.#begun = begun
  }

  /** Offers a delivery that is about to be posted to its lane. */
  give(delivery: Delivery, key: Key, counters: Counters): void {
    const number = ++this.posted
    delivery.claim = this.#isShared ? claimOf(number) : NO_CLAIM
    counters.offer(delivery.slot, delivery.claim)
    if (key.first === delivery) this.#unbegun.add(key)
  }

  /** Drops the claim of a delivery that has settled. The next of its key may begin. */
  drop(delivery: Delivery): void {
    this.#drop(delivery)
    const { home } = delivery
    if (home === undefined) return
    if (home.first === undefined) this.#unbegun.delete(home)
    else this.#unbegun.add(home)
  }

  /** Drops the claims of all that is taken back of a key. */
  dropAll(key: Key, deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#drop(delivery)
    this.#unbegun.delete(key)
  }

  #drop(delivery: Delivery): void {
    delivery.claim = NO_CLAIM
    if (this.#kept.size > 0) this.#kept.delete(delivery)
  }

  /**
   * Notes that its lane is asked to end it without a turn: neither it nor its key is taken back any
   * more.
   */
  keep(delivery: Delivery): void {
    this.#kept.add(delivery)
  }

  /** Forgets everything: the lane has died. */
  clear(): void {
    this.#unbegun.clear()
    this.#kept.clear()
  }

  /** Finds the turns that have begun since it was last asked. */
  findBegun(counters: Counters): void {
    for (const key of this.#unbegun) this.#firstOf(key, counters)
  }

  /**
   * Keys whose posted deliveries can all be taken back, the first of them among the first `upTo`
   * posted. Each comes with those deliveries, in order.
   */
  *idleKeys(upTo: number, counters: Counters): Generator<[Key, Delivery[]]> {
    const later = this.posted - upTo
    for (const key of this.#unbegun) {
      const first = this.#firstOf(key, counters)
      if (first === undefined || postedBetween(first.claim, claimOf(this.posted)) < later) continue
      const deliveries = key.onLane
      if (this.#kept.size > 0 && deliveries.some((one) => this.#kept.has(one))) continue
      yield [key, deliveries]
    }
  }

  /** The first delivery of a key here, unless its turn has begun. */
  #firstOf(key: Key, counters: Counters): Delivery | undefined {
    const { first } = key
    if (first !== undefined && !counters.hasBegun(first.slot, first.claim)) return first
    this.#unbegun.delete(key)
    if (first !== undefined) this.#begun(first)
    return undefined
  }
}
