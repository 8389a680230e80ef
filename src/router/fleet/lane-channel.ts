/**
 * The router's end of one lane: what has been posted to it, how much more it may hold, and how far
 * its turns are.
 *
 * Owns: the lane's status, counts and suspects, the claims on what is there, and when its turns are
 * looked at.
 * Does not own: the lane's life (the fleet's), the keys' queues (placement's).
 * Gotchas: one channel serves all generations of its lane; `open` starts a new stream.
 *
 *     starting ── open ──▶ up ── drain ──▶ draining
 *      │ ▲ ▲               │ died            │ died
 *      │ │ └───────────────┴─────────────────┘
 *      │ └ startAgain ─┐
 *      └── giveUp ──▶ gone
 */
import { defect } from '../../defect.ts'
import { Fifo } from '../../fifo.ts'
import type { ExtraOf } from '../../wire/deliver-record.ts'
import type { LaneHandle } from '../../wire/lane-handle.ts'
import { NameReader } from '../../wire/names.ts'
import type { Reply } from '../../wire/wire.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'
import { Claims } from './claims.ts'
import { Credit } from './credit.ts'
import { DueTurns } from './due-turns.ts'
import { NextPost } from './next-post.ts'
import type { OpenAsk } from './open-ask.ts'

/** `gone`: it was given up. */
export type LaneStatus = 'starting' | 'up' | 'draining' | 'gone'

export class LaneChannel {
  readonly index: number
  /** Keys pinned here with deliveries to post, in rotation. */
  readonly ready = new Fifo<Key>()
  /** Keys without work whose state is live here, least recently used first. */
  readonly idle = new Set<Key>()
  /** The requests of its turns that are still open, by the lane's numbers. */
  readonly asking = new Map<number, OpenAsk>()
  /** The permits that its turns hold, by the same numbers. */
  readonly permits = new Map<number, OpenAsk>()
  /** Which of its turns are looked at when. */
  readonly due = new DueTurns()
  #generation = 0
  #status: LaneStatus = 'starting'
  #posted = 0
  #bound = 0
  #suspects: readonly Delivery[] = []
  #alone: Delivery | undefined
  #ended = 0
  #heard = 0
  #computes = false
  #names = new NameReader()
  #handle: LaneHandle | undefined
  #settled = 0
  #next = this.#newPost()
  readonly #claims: Claims
  readonly #credit = new Credit()
  #held = false

  /** `isShared`: whether other lanes could take over what is posted here. */
  constructor(index: number, isShared: boolean) {
    this.index = index
    this.#claims = new Claims(isShared, (first) => this.due.soon(first))
  }

  get status(): LaneStatus {
    return this.#status
  }

  /** How often the lane has died or failed to open. */
  get generation(): number {
    return this.#generation
  }

  open(handle: LaneHandle): void {
    this.#move('up', 'starting')
    this.#handle = handle
    this.#settled = 0
    handle.hold(this.#held)
  }

  /** The lane gets no new keys: it finishes what it has, and is then renewed. */
  drain(): void {
    this.#move('draining', 'up')
  }

  /** The lane did not open: the next try is another generation. */
  failedToOpen(): void {
    this.#move('starting', 'starting')
    this.#generation++
  }

  /** The lane can't be replaced. */
  giveUp(): void {
    this.#move('gone', 'starting')
  }

  /** A lane that was given up is to be opened once more. */
  startAgain(): void {
    this.#move('starting', 'gone')
  }

  #move(to: LaneStatus, ...from: readonly LaneStatus[]): void {
    if (!from.includes(this.#status)) {
      throw defect(`lane ${this.index} is ${this.#status}, and can't become ${to}`)
    }
    this.#status = to
  }

  /** The lane has died: nothing that was meant for it applies to the next generation. */
  died(): void {
    this.#move('starting', 'up', 'draining')
    this.#generation++
    this.#handle = undefined
    this.#names = new NameReader()
    this.#next = this.#newPost()
    this.#claims.clear()
    this.due.clear()
    this.#posted = 0
    this.#ended = 0
    this.#computes = false
    this.#alone = undefined
    for (const ask of [...this.asking.values(), ...this.permits.values()]) ask.orphan()
    this.asking.clear()
    this.permits.clear()
    this.idle.clear()
  }

  get handle(): LaneHandle | undefined {
    return this.#handle
  }

  /** The names that the lane's records use. */
  get names(): NameReader {
    return this.#names
  }

  /** Deliveries on the lane. */
  get posted(): number {
    return this.#posted
  }

  /** Deliveries settled since its last start. */
  get settled(): number {
    return this.#settled
  }

  /**
   * Unsettled deliveries of the keys that are pinned here: those on the lane, and those queued
   * behind them.
   */
  get bound(): number {
    return this.#bound
  }

  /** Notes that unsettled deliveries belong to the lane now. */
  bind(count: number): void {
    this.#bound += count
  }

  unbind(count: number): void {
    this.#bound -= count
    if (this.#bound < 0) throw defect(`lane ${this.index} loses more deliveries than it has`)
  }

  /** Deliveries that must run one at a time, because one of them may have killed the lane (D6). */
  get suspects(): readonly Delivery[] {
    return this.#suspects
  }

  suspect(suspects: readonly Delivery[]): void {
    this.#suspects = suspects
  }

  /** A delivery that has settled is not suspected any more. */
  acquit(delivery: Delivery): void {
    if (this.#suspects.length === 0) return
    this.#suspects = this.#suspects.filter((one) => one !== delivery)
  }

  /** While there are suspects: the delivery that runs. */
  get alone(): Delivery | undefined {
    return this.#alone
  }

  runAlone(delivery: Delivery | undefined): void {
    this.#alone = delivery
  }

  /** A commit is taken in: its turns have ended, and count as posted until their rows are taken. */
  beginCommit(rows: number): void {
    this.#ended = rows
  }

  rowTaken(): void {
    this.#ended--
  }

  /**
   * The number of its last record, counted over all lanes: the lane with the highest number
   * returned to its event loop last.
   */
  get heard(): number {
    return this.#heard
  }

  /** Notes a record of the lane. `isBetweenTurns`: its thread was free to post it. */
  hear(number: number, isBetweenTurns: boolean): void {
    this.#heard = number
    if (isBetweenTurns) this.#computes = false
  }

  /**
   * Whether the lane has work and has posted no record for a while: what is posted now waits until
   * its thread is free.
   */
  get computes(): boolean {
    return this.#computes
  }

  /** Notes that the lane has work, and has posted nothing for a while. */
  noteSilence(): void {
    this.#computes = true
  }

  /** Deliveries that use the lane's credit; those that wait for something else do not. */
  get load(): number {
    return this.#posted - this.#waiting - this.#ended
  }

  /** All that the lane has to do, as far as is known. */
  get burden(): number {
    return this.#bound - this.#waiting - this.#ended
  }

  get #waiting(): number {
    return this.#handle?.counters.waiting ?? 0
  }

  /** How many deliveries were ever posted to it. */
  get postings(): number {
    return this.#claims.posted
  }

  /** How many more deliveries the lane may get. */
  get room(): number {
    return this.#status === 'up' ? this.#credit.deliveries - this.load : 0
  }

  /** How many deliveries of one key the lane may hold. */
  get keyShare(): number {
    return this.#credit.keyShare
  }

  /** Whether its turns have recently held the thread for a millisecond or more on average. */
  get isSlow(): boolean {
    return this.#credit.isSlow
  }

  /** Learns from a commit how long turns take. */
  measure(turns: number, busyMs: number): void {
    this.#settled += turns
    this.#credit.measure(busyMs / turns)
  }

  deliver(delivery: Delivery, key: Key, extra: ExtraOf | undefined): void {
    this.#posted++
    if (this.#handle !== undefined) this.#offer(delivery, key, this.#handle)
    this.#next.deliver(delivery, key, extra)
  }

  #offer(delivery: Delivery, key: Key, handle: LaneHandle): void {
    const more = handle.counters.grow(delivery.slot)
    if (more !== undefined) handle.post({ kind: 'cells', ...more })
    this.#claims.give(delivery, key, handle.counters)
  }

  /** Notes that a delivery that was posted here has settled. */
  settle(delivery: Delivery): void {
    this.#posted--
    this.#claims.drop(delivery)
    this.due.drop(delivery)
  }

  /**
   * Begins the watch's next look at this lane. Returns the deliveries to look at: those whose turns
   * have begun since the last look, and those that are due.
   */
  look(): Delivery[] {
    const counters = this.#handle?.counters
    if (counters === undefined) return []
    this.#claims.findBegun(counters)
    const due = this.due.next()
    counters.tick = this.due.looks
    return due
  }

  /** The look before which the delivery's turn began; undefined: none is under way. */
  since({ slot }: Delivery): number | undefined {
    return this.#handle?.counters.since(slot)
  }

  /** Whether the delivery's turn has begun and is not committed. */
  isOpen({ slot }: Delivery): boolean {
    return this.#handle?.counters.isOpen(slot) === true
  }

  /**
   * Keys none of whose posted deliveries has begun, with the first of them among the first `upTo`
   * ever posted here.
   */
  idleKeys(upTo: number): Iterable<[Key, Delivery[]]> {
    const counters = this.#handle?.counters
    return counters === undefined ? [] : this.#claims.idleKeys(upTo, counters)
  }

  /**
   * Takes back all posted deliveries of a key, and drops its live state. False: its first turn has
   * begun meanwhile, so nothing comes back. The first claim decides for all: the lane begins
   * nothing behind it until it has read the record.
   */
  recall(key: Key, deliveries: readonly Delivery[]): boolean {
    const { slot, claim } = deliveries[0] as Delivery
    if (this.#handle?.counters.takeBack(slot, claim) !== true) return false
    this.#posted -= deliveries.length
    this.#claims.dropAll(key, deliveries)
    this.#next.recall(key)
    return true
  }

  /** The keys whose turns here wait for something. */
  waitingKeys(): Key[] {
    const asks = [...this.asking.values(), ...this.permits.values()]
    return asks.flatMap(({ asking }) => asking.home ?? [])
  }

  reply(reply: Reply): void {
    this.#next.reply(reply)
  }

  cancel(delivery: Delivery): void {
    this.#claims.keep(delivery)
    this.due.soon(delivery)
    this.#next.cancel(delivery)
    this.#handle?.counters.cancel(delivery.slot)
  }

  /** Takes a delivery back whose turn has not begun. */
  expire(delivery: Delivery): void {
    this.#claims.keep(delivery)
    this.#next.expire(delivery)
  }

  /** Asks a turn to stop that has run too long. */
  overdue(delivery: Delivery): void {
    this.#handle?.counters.overdue(delivery.slot)
    this.#handle?.post({ kind: 'overdue', ...nameOf(delivery) })
  }

  /** Ends a turn at its present point; its lane reports it in its commit. */
  giveUpTurn(delivery: Delivery): void {
    this.#handle?.post({ kind: 'give-up', ...nameOf(delivery) })
  }

  /** Drops the live state of an idle key. Sent before any later delivery of it. */
  passivate(key: Key): void {
    this.#next.passivate(key)
  }

  observe(times: boolean): void {
    this.#handle?.post({ kind: 'observe', times })
  }

  /** Posts what has accumulated. */
  flush(): void {
    if (this.#handle !== undefined) this.#next.flush()
  }

  hold(alive: boolean): void {
    if (this.#held === alive) return
    this.#held = alive
    this.#handle?.hold(alive)
  }

  #newPost(): NextPost {
    return new NextPost((record) => this.#handle?.post(record))
  }
}

function nameOf({ slot, sequence, attempt }: Delivery) {
  return { slots: [slot], sequences: [sequence], attempts: [attempt] }
}
