/**
 * The mailboxes of a lane, and which of them may run next.
 *
 * Owns: the mailboxes, their rotation, the pauses before a turn is tried again.
 * Does not own: the turns.
 * Invariants: D1, a mailbox gives out its next delivery only when the one before is finished; D2,
 * keys take turns in rotation.
 */
import type { Clock } from '../clock.ts'
import { Fifo } from '../fifo.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { KeyedNames, StoredAgent } from '../wire/wire.ts'
import { Mailbox } from './mailbox.ts'

/**
 * Mailboxes of keys without work or state are kept for reuse as long as there are no more mailboxes
 * than this.
 */
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
  /** Called when something can run, or fewer deliveries wait: the lane should look. */
  readonly #changed: () => void
  readonly #all = new Map<string, Mailbox>()
  readonly #ready = new Fifo<Mailbox>()
  readonly #pauses = new Map<number, Pause>()
  #waiting = 0

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** How many keys can run now. */
  get ready(): number {
    return this.#ready.size
  }

  /** The agent whose turn is likely to be next. */
  get nextAgent(): string | undefined {
    return this.#ready.peek()?.queue.peek()?.agent
  }

  /**
   * How many deliveries can't use the thread now: suspended turns, paused ones, and all behind
   * them.
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

  /**
   * The delivery whose turn runs next, its key held from now on; undefined when nothing can run.
   */
  next(): Next | undefined {
    for (let mailbox = this.#ready.shift(); mailbox !== undefined; mailbox = this.#ready.shift()) {
      if (mailbox.held !== 'not') continue // it comes back when it is released
      const delivery = mailbox.queue.shift()
      if (delivery === undefined) continue // cancelled meanwhile
      mailbox.held = 'by-turn'
      if (delivery.delayMs === 0) return { mailbox, delivery }
      this.pause(mailbox, { ...delivery, delayMs: 0 }, delivery.delayMs)
    }
    return undefined
  }

  /** The turn that holds the key is suspended: it does not use the thread for now. */
  suspend(mailbox: Mailbox, slot: number): void {
    mailbox.suspended = slot
    this.#addWaiting(1 + mailbox.queue.size)
  }

  /** The suspended turn needs the thread again, to finish. */
  resume(mailbox: Mailbox): void {
    mailbox.suspended = -1
    this.#addWaiting(-1 - mailbox.queue.size)
  }

  /** Releases the key: the delivery that held it is finished. */
  release(mailbox: Mailbox): void {
    mailbox.held = 'not'
    if (mailbox.queue.size > 0) this.#ready.push(mailbox)
  }

  /**
   * The delivery that held the key will be tried again: the key waits for its pause, which begins
   * when the failure has been reported.
   */
  holdForPause(mailbox: Mailbox): void {
    mailbox.held = 'by-commit'
  }

  /** Drops the mailbox if it can be: nothing of the key can be undone any more. */
  tidy(mailbox: Mailbox): void {
    if (this.#all.size > SPENT_KEPT && mailbox.isSpent) this.#all.delete(mailbox.domain)
  }

  /**
   * Puts deliveries that were undone back at the head of their key. The key is released afterwards.
   */
  putBack(mailbox: Mailbox, deliveries: readonly LaneDelivery[]): void {
    mailbox.held = 'by-turn'
    mailbox.queue.unshiftAll(deliveries)
  }

  /** The delivery that holds the key goes back to its head, after a pause; the key waits (D1). */
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
  remove(
    { slots, keys }: KeyedNames,
    isMeant: (delivery: LaneDelivery) => boolean,
  ): LaneDelivery[] {
    const removed: LaneDelivery[] = []
    for (const slot of slots) {
      const pause = this.#pauses.get(slot)
      if (pause === undefined || !isMeant(pause.delivery)) continue
      pause.stopTimer()
      this.#endPause(slot)
      this.release(pause.mailbox)
      removed.push(pause.delivery)
    }
    for (const domain of new Set(keys)) {
      const mailbox = this.#all.get(domain)
      if (mailbox === undefined || mailbox.queue.size === 0) continue
      const taken = mailbox.queue.remove(isMeant)
      if (isWaiting(mailbox)) this.#addWaiting(-taken.length)
      removed.push(...taken)
    }
    return removed
  }

  /** Drops all deliveries and live state of these keys: the router has taken them back. */
  recall(domains: readonly string[]): void {
    for (const domain of domains) {
      const mailbox = this.#all.get(domain)
      if (mailbox === undefined) continue
      if (mailbox.held === 'by-pause') this.#stopPause(mailbox)
      mailbox.held = 'not'
      mailbox.queue.remove(() => true) // the mailbox may still be in the rotation
      this.#all.delete(domain)
    }
  }

  /** Drops the live state of idle keys. */
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
