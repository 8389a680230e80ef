/**
 * The ledger: every delivery from its acceptance until it settles.
 *
 * Owns: the live entries, their slots, and the counts of how they ended.
 * Does not own: where a delivery runs (placement), which task it belongs to (tasks).
 * Invariants: D4, only `accept` makes an entry and only `settle` removes it, with one outcome;
 * `inFlight` is the number of live entries, counted directly.
 */
import { defect } from '../../defect.ts'
import { NO_CLAIM } from '../../wire/counters.ts'
import { Recorded, type RecordedResult } from '../../wire/recorded.ts'
import type { Caller } from './caller.ts'
import { type Delivery, markSettled, type Origin, type Recipient, sizeOf } from './delivery.ts'
import type { Outcome } from './endings.ts'
import type { Task } from './task.ts'

/**
 * The deliveries since the start, and those in flight: at every moment, `accepted` is the sum of
 * the others (D4).
 */
export interface LedgerCounts {
  readonly accepted: number
  readonly handled: number
  readonly deadLettered: number
  readonly dropped: number
  readonly cancelled: number
  readonly inFlight: number
}

export class Ledger {
  readonly #entries: (Delivery | undefined)[] = []
  readonly #free: number[] = []
  readonly #counts = { accepted: 0, handled: 0, deadLettered: 0, dropped: 0, cancelled: 0 }
  #live = 0
  #bytes = 0

  /** How many entries are live. */
  get inFlight(): number {
    return this.#live
  }

  /** The estimated bytes of all live entries: their payloads, and what their turns did once. */
  get bytes(): number {
    return this.#bytes
  }

  get counts(): LedgerCounts {
    return { ...this.#counts, inFlight: this.#live }
  }

  accept(origin: Origin, to: Recipient, sequence: number, caller: Caller | undefined): Delivery {
    // Written out, field by field: every entry has the same hidden class, and this is the hottest
    // allocation.
    const slot = this.#free.pop() ?? this.#entries.length
    const delivery: Delivery = {
      slot,
      state: 'waiting',
      order: ++this.#counts.accepted,
      agent: to.agent,
      key: to.key,
      home: undefined,
      message: origin.message,
      payload: origin.payload,
      bytes: origin.bytes,
      form: origin.form,
      sequence,
      senderAgent: origin.senderAgent,
      senderKey: origin.senderKey,
      topicType: origin.topicType,
      topicSource: origin.topicSource,
      task: origin.task,
      depth: origin.depth,
      ttlMs: origin.ttlMs,
      parent: origin.parent,
      givenId: origin.givenId,
      attempt: 1,
      incidents: undefined,
      cancelled: undefined,
      claim: NO_CLAIM,
      behind: undefined,
      before: origin.task.newest,
      after: undefined,
      dueAt: 0,
      emitted: false,
      caller,
      asks: undefined,
      recorded: undefined,
      permits: undefined,
    }
    this.#entries[slot] = delivery
    if (delivery.before !== undefined) delivery.before.after = delivery
    delivery.task.newest = delivery
    this.#live++
    this.#bytes += delivery.bytes
    return delivery
  }

  /** Keeps what the turn of an entry did once. */
  record(delivery: Delivery, result: RecordedResult): void {
    delivery.recorded ??= new Recorded()
    if (!delivery.recorded.add(result)) return
    this.#bytes += result.bytes
    delivery.home?.grew(result.bytes)
  }

  /** Ends an entry. Its slot may be given out again from now on. */
  settle(delivery: Delivery, outcome: Outcome): void {
    const { slot } = delivery
    if (this.#entries[slot] !== delivery) throw defect(`slot ${slot} holds another delivery`)
    markSettled(delivery)
    this.#entries[slot] = undefined
    unlink(delivery)
    this.#free.push(slot)
    this.#live--
    this.#bytes -= sizeOf(delivery)
    this.#counts[outcome]++
  }

  at(slot: number): Delivery {
    const delivery = this.#entries[slot]
    if (delivery === undefined) throw defect(`slot ${slot} holds no delivery`)
    return delivery
  }

  find(slot: number): Delivery | undefined {
    return this.#entries[slot]
  }

  /** All live entries, in no order. */
  *entries(): Generator<Delivery> {
    for (const delivery of this.#entries) if (delivery !== undefined) yield delivery
  }

  /** The live entries of a task, oldest first. */
  ofTask({ newest }: Task): Delivery[] {
    const found: Delivery[] = []
    for (let one = newest; one !== undefined; one = one.before) found.push(one as Delivery)
    return found.reverse()
  }

  /** All live entries, oldest first. */
  live(): Delivery[] {
    return this.#entries
      .filter((delivery) => delivery !== undefined)
      .sort((one, other) => one.order - other.order)
  }
}

/** Takes an entry out of those of its task. */
function unlink(delivery: Delivery): void {
  const { task, before, after } = delivery
  if (before !== undefined) before.after = after
  if (after !== undefined) after.before = before
  else task.newest = before
  delivery.before = undefined // whoever keeps the entry keeps no others
  delivery.after = undefined
}
