/**
 * What the next post to a lane will carry: deliveries, answers, cancellations, and which keys are
 * forgotten or taken back.
 *
 * Owns: the records under construction, the numbers of names on this stream.
 * Does not own: the lane's counts and claims (lane-channel).
 * Invariants: what is forgotten or taken back of a key leaves before any later delivery of it. What
 * is posted is no longer here: on the router's own thread, a listener of a turn's signal may cancel
 * more while the lane reads a post.
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
    const replies = this.#replies
    if (replies.length > 0) {
      this.#replies = []
      this.#post({ kind: 'replies', replies })
    }
    this.#postDeliveries()
    const cancelled = this.#cancelled
    if (cancelled.length > 0) {
      this.#cancelled = []
      const slots = cancelled.map(({ slot }) => slot)
      const sequences = cancelled.map(({ sequence }) => sequence)
      const keys = cancelled.map(({ key }) => key)
      const reasons = cancelled.map(({ reason }) => reason)
      this.#post({ kind: 'cancel', slots, sequences, keys, reasons })
    }
  }

  /** Posts the deliveries, and what must leave before them. */
  #postDeliveries(): void {
    const passivated = this.#passivated
    if (passivated.length > 0) {
      this.#passivated = []
      this.#post({ kind: 'passivate', keys: passivated })
    }
    const recalled = this.#recalled
    if (recalled.length > 0) {
      this.#recalled = []
      this.#post({ kind: 'recall', keys: recalled })
    }
    if (this.#columns.size > 0) this.#post(this.#columns.take())
  }
}
