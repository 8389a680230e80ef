/**
 * What the next post to a lane will carry: deliveries, answers, cancellations, and which keys are
 * forgotten or taken back.
 *
 * Owns: the records under construction, the numbers of names on this stream.
 * Does not own: the lane's counts and claims (lane-channel).
 * Invariant: what is forgotten or taken back of a key leaves before any later delivery of it.
 */
import { DeliverColumns, type ExtraOf } from '../../wire/deliver-record.ts'
import { NameWriter } from '../../wire/names.ts'
import type { Reply, ToLane } from '../../wire/wire.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'

export class NextPost {
  readonly #post: (record: ToLane) => void
  readonly #columns = new DeliverColumns(new NameWriter())
  #replies: Reply[] = []
  #cancelled: Pick<Delivery, 'slot' | 'sequence' | 'cancelled'>[] = []
  #passivated: string[] = []
  #recalled: string[] = []

  constructor(post: (record: ToLane) => void) {
    this.#post = post
  }

  deliver(delivery: Delivery, key: Key, extra: ExtraOf | undefined): void {
    this.#columns.add(delivery, key, extra)
    if (this.#columns.isFull) this.postDeliveries()
  }

  reply(reply: Reply): void {
    this.#replies.push(reply)
  }

  cancel(delivery: Delivery): void {
    this.#cancelled.push(delivery)
  }

  /** Drops the live state of an idle key. */
  passivate(key: Key): void {
    this.#passivated.push(key.domain)
  }

  /** Drops all that was posted of a key. */
  recall(key: Key): void {
    this.postDeliveries() // some of the deliveries may not have left yet
    this.#recalled.push(key.domain)
  }

  /** Posts all of it. */
  flush(): void {
    if (this.#replies.length > 0) {
      this.#post({ kind: 'replies', replies: this.#replies })
      this.#replies = []
    }
    this.postDeliveries()
    if (this.#cancelled.length > 0) {
      const slots = this.#cancelled.map(({ slot }) => slot)
      const sequences = this.#cancelled.map(({ sequence }) => sequence)
      const reasons = this.#cancelled.map(({ cancelled }) => cancelled ?? 'by its task')
      this.#post({ kind: 'cancel', slots, sequences, reasons })
      this.#cancelled = []
    }
  }

  /** Posts the deliveries, and what must leave before them. */
  postDeliveries(): void {
    if (this.#passivated.length > 0) {
      this.#post({ kind: 'passivate', keys: this.#passivated })
      this.#passivated = []
    }
    if (this.#recalled.length > 0) {
      this.#post({ kind: 'recall', keys: this.#recalled })
      this.#recalled = []
    }
    if (this.#columns.size > 0) this.#post(this.#columns.take())
  }
}
