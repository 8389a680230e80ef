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
  #cancelled: {
    readonly slot: number
    readonly sequence: number
    readonly key: string
    readonly reason: string
  }[] = []
  #passivated: string[] = []
  #recalled: string[] = []

  constructor(post: (record: ToLane) => void) {
    this.#post = post
  }

  deliver(delivery: Delivery, key: Key, extra: ExtraOf | undefined): void {
    this.#columns.add(delivery, key, extra)
    if (this.#columns.isFull) this.#postDeliveries()
  }

  reply(reply: Reply): void {
    this.#replies.push(reply)
  }

  cancel({ slot, sequence, home, cancelled: reason = 'by its task' }: Delivery): void {
    this.#cancelled.push({ slot, sequence, key: home?.domain ?? '', reason })
  }

  /** Takes a delivery back whose turn has not begun: at once, and after the delivery. */
  expire({ slot, sequence, home }: Delivery): void {
    this.#postDeliveries()
    const keys = [home?.domain ?? '']
    this.#post({ kind: 'expire', slots: [slot], sequences: [sequence], keys })
  }

  /** Drops the live state of an idle key. */
  passivate(key: Key): void {
    this.#passivated.push(key.domain)
  }

  /** Drops all that was posted of a key. */
  recall(key: Key): void {
    this.#postDeliveries() // some of the deliveries may not have left yet
    this.#recalled.push(key.domain)
  }

  /** Posts all of it. */
  flush(): void {
    if (this.#replies.length > 0) {
      this.#post({ kind: 'replies', replies: this.#replies })
      this.#replies = []
    }
    this.#postDeliveries()
    if (this.#cancelled.length > 0) {
      const slots = this.#cancelled.map(({ slot }) => slot)
      const sequences = this.#cancelled.map(({ sequence }) => sequence)
      const keys = this.#cancelled.map(({ key }) => key)
      const reasons = this.#cancelled.map(({ reason }) => reason)
      this.#post({ kind: 'cancel', slots, sequences, keys, reasons })
      this.#cancelled = []
    }
  }

  /** Posts the deliveries, and what must leave before them. */
  #postDeliveries(): void {
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
