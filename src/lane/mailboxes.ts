/**
 * The mailboxes of a lane, and which of them may run next.
 *
 * Owns: the mailboxes, their rotation, the pauses before a turn is tried again.
 * Does not own: the turns.
 * Invariants: D1, a mailbox gives out its next delivery only when the one before has been done
 * with; D2, keys take turns in rotation.
 */
import type { Clock } from '../clock.ts'
import { Fifo } from '../fifo.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { StoredAgent } from '../wire/wire.ts'
import { Mailbox } from './mailbox.ts'

/** Up to so many, the mailboxes of keys without work or state are kept for the next time. */
const SPENT_KEPT = 4_096

export interface Next {
  readonly mailbox: Mailbox
  readonly delivery: LaneDelivery
}

interface Pause extends Next {
  readonly stopTimer: () => void
}

export class Mailboxes {
  readonly #clock: Clock
  /** Something can run, or less of what is here waits: the lane should look. */
  readonly #changed: () => void
  readonly #all = new Map<string, Mailbox>()
  readonly #ready = new Fifo<Mailbox>()
  readonly #pauses = new Map<number, Pause>()
  #waiting = 0

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** Keys that can run now. */
  get ready(): number {
    return this.#ready.size
  }

  /** Whose turn is likely to be the next. */
  get nextAgent(): string | undefined {
    return this.#ready.peek()?.queue.peek()?.agent
  }

  /**
   * Deliveries that can't use the thread now: suspended turns, paused ones, and all behind them.
   */
  get waiting(): number {
    return this.#waiting
  }

  add(domain: string, delivery: LaneDelivery, activate: readonly StoredAgent[] | undefined): void {
    let mailbox = this.#all.get(domain)
    if (mailbox === undefined) {
      mailbox = new Mailbox(domain)
      this.#all.set(domain, mailbox)
    }
    if (activate !== undefined) mailbox.activate(activate)
    mailbox.queue.push(delivery)
    if (isWaiting(mailbox)) this.#addWaiting(1)
    else if (mailbox.held === 'not' && mailbox.queue.size === 1) this.#ready.push(mailbox)
  }

  /** The delivery whose turn is to run now, its key held from now on; undefined: there is none. */
  next(): Next | undefined {
    for (let mailbox = this.#ready.shift(); mailbox !== undefined; mailbox = this.#ready.shift()) {
      if (mailbox.held !== 'not') continue // it comes back when it is let go
      const delivery = mailbox.queue.shift()
      if (delivery === undefined) continue // cancelled meanwhile
      mailbox.held = 'by-turn'
      if (delivery.delayMs === 0) return { mailbox, delivery }
      this.pause(mailbox, { ...delivery, delayMs: 0 }, delivery.delayMs)
    }
    return undefined
  }

  /** The turn that holds the key does not use the thread for now. */
  suspend(mailbox: Mailbox): void {
    this.#addWaiting(1 + mailbox.queue.size)
  }

  /** It does again, for its end. */
  resume(mailbox: Mailbox): void {
    this.#addWaiting(-1 - mailbox.queue.size)
  }

  /** The delivery that held the key is done with. */
  release(mailbox: Mailbox): void {
    mailbox.held = 'not'
    if (mailbox.queue.size > 0) this.#ready.push(mailbox)
  }

  /**
   * The delivery that held the key is to be tried again: the key waits for its pause, which begins
   * when that has been told.
   */
  holdForPause(mailbox: Mailbox): void {
    mailbox.held = 'by-commit'
  }

  /** Nothing of the key can be undone any more: it may be forgotten. */
  tidy(mailbox: Mailbox): void {
    if (this.#all.size > SPENT_KEPT && mailbox.isSpent) this.#all.delete(mailbox.domain)
  }

  /** What was undone stands at the head of its key again. The key is let go afterwards. */
  putBack(mailbox: Mailbox, deliveries: readonly LaneDelivery[]): void {
    mailbox.held = 'by-turn'
    mailbox.queue.unshiftAll(deliveries)
  }

  /** The delivery that holds the key goes to its head again, after a while; the key waits (D1). */
  pause(mailbox: Mailbox, delivery: LaneDelivery, ms: number): void {
    mailbox.held = 'by-pause'
    this.#addWaiting(1 + mailbox.queue.size)
    const stopTimer = this.#clock.after(ms, () => {
      this.#endPause(delivery.slot)
      mailbox.queue.unshiftAll([delivery])
      this.release(mailbox)
      this.#changed()
    })
    this.#pauses.set(delivery.slot, { mailbox, delivery, stopTimer })
  }

  /** Takes out deliveries whose turns are not under way. */
  remove(isMeant: (delivery: LaneDelivery) => boolean): LaneDelivery[] {
    const removed: LaneDelivery[] = []
    for (const { mailbox, delivery, stopTimer } of this.#pauses.values()) {
      if (!isMeant(delivery)) continue
      stopTimer()
      this.#endPause(delivery.slot)
      this.release(mailbox)
      removed.push(delivery)
    }
    for (const mailbox of this.#all.values()) {
      if (mailbox.queue.size === 0) continue
      const taken = mailbox.queue.remove(isMeant)
      if (isWaiting(mailbox)) this.#addWaiting(-taken.length)
      removed.push(...taken)
    }
    return removed
  }

  /** The router has taken back all that is here of these keys, and their live state with it. */
  recall(domains: readonly string[]): void {
    for (const domain of domains) {
      const mailbox = this.#all.get(domain)
      if (mailbox === undefined) continue
      if (mailbox.held === 'by-pause') this.#stopPause(mailbox)
      mailbox.held = 'not'
      mailbox.queue.remove(() => true) // it may still stand in the rotation
      this.#all.delete(domain)
    }
  }

  /** Forgets what is live of idle keys. */
  forget(domains: readonly string[]): void {
    for (const domain of domains) this.#all.delete(domain)
  }

  #stopPause(paused: Mailbox): void {
    for (const { mailbox, delivery, stopTimer } of this.#pauses.values()) {
      if (mailbox !== paused) continue
      stopTimer()
      this.#endPause(delivery.slot)
    }
  }

  #endPause(slot: number): void {
    const pause = this.#pauses.get(slot)
    this.#pauses.delete(slot)
    if (pause !== undefined) this.#addWaiting(-1 - pause.mailbox.queue.size)
  }

  #addWaiting(deliveries: number): void {
    this.#waiting += deliveries
    this.#changed()
  }
}

/** Whether all of the key's deliveries wait for something. */
function isWaiting({ held }: Mailbox): boolean {
  return held === 'by-turn' || held === 'by-pause'
}
