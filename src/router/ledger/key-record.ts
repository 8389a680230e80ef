/**
 * What the router knows of one key: where it is pinned, its waiting deliveries, and its agents'
 * committed state.
 *
 * Owns: the counts of its deliveries, its queue, the waits of its turn, its state.
 * Does not own: where it is pinned and in which queue it stands (placement), whether it is kept
 * without work (key-records).
 */
import { defect } from '../../defect.ts'
import { Fifo } from '../../fifo.ts'
import type { Encoded } from '../../state/encoding.ts'
import type { StoredAgent } from '../../wire/wire.ts'
import type { Wait } from './wait-graph.ts'

/** Committed state, by agent type, then by field. */
export type StoredState = Map<string, Map<string, Encoded>>

/** Lanes count from 0; the main thread's own is -1. */
export const NO_LANE = -2

/** The part of a delivery that its queues look at. */
interface Queued<Q> {
  readonly state: 'waiting' | 'posted' | 'settled'
  behind: Q | undefined
}

interface AnyQueued extends Queued<AnyQueued> {}

export class KeyRecord<Q extends Queued<Q> = AnyQueued> {
  /** The serial domain: the key; for a closure agent, its own id behind a mark. */
  readonly domain: string
  /** The lane that the key is pinned to, or NO_LANE. */
  lane = NO_LANE
  /** Whether that lane holds live state of it. */
  live = false
  /** Its index in the table of the stream to its lane. */
  place = -1
  /** Whether the record is kept although it has neither work nor state. */
  isKept = false
  /** Whether the key is in a queue of keys that can be posted. */
  queued = false
  /** The waits of its turn; undefined: none. */
  waits: Set<Wait> | undefined
  #inFlight = 0
  #bytes = 0
  #posted = 0
  #first: Q | undefined
  #last: Q | undefined
  #progress = 0
  #waiting: Fifo<Q> | undefined
  #stored: StoredState | undefined

  constructor(domain: string) {
    this.domain = domain
  }

  /** Unsettled deliveries. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** The estimated bytes of what is in flight. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many of the unsettled deliveries are on the lane. */
  get posted(): number {
    return this.#posted
  }

  /** The first of the deliveries on the lane: of all of these, only its turn can be under way. */
  get first(): Q | undefined {
    return this.#first
  }

  /** The deliveries on the lane, in the order in which they were posted. */
  get onLane(): Q[] {
    const all: Q[] = []
    for (let one = this.#first; one !== undefined; one = one.behind) all.push(one)
    return all
  }

  /**
   * The number of the watch's look at which a delivery of the key last settled, or the key first
   * had work.
   */
  get progress(): number {
    return this.#progress
  }

  /** Notes that a delivery for the key was accepted, at this look of the watch. */
  accepted(bytes: number, look: number): void {
    if (this.#inFlight++ === 0) this.#progress = look
    this.#bytes += bytes
  }

  /** Notes that one of its deliveries needs more bytes. */
  grew(bytes: number): void {
    this.#bytes += bytes
  }

  /**
   * Notes that one of its deliveries has settled, at this look of the watch. `onLane`: that
   * delivery, if it was posted.
   */
  settled(bytes: number, look: number, onLane: Q | undefined): void {
    if (onLane !== undefined) this.#takeOff(onLane)
    if (--this.#inFlight < this.#posted || this.#posted < 0) {
      throw defect(`key ${this.domain} settles more than it has`)
    }
    this.#progress = look
    this.#bytes -= bytes
  }

  /** Notes that its next delivery goes to its lane. */
  post(delivery: Q): void {
    if (this.#last === undefined) this.#first = delivery
    else this.#last.behind = delivery
    this.#last = delivery
    this.#posted++
  }

  #takeOff(delivery: Q): void {
    this.#posted--
    let before: Q | undefined
    if (this.#first !== delivery) {
      // it was cancelled, or its time to live is over: its turn had not begun
      before = this.#first
      while (before !== undefined && before.behind !== delivery) before = before.behind
      if (before === undefined) throw defect(`key ${this.domain} settles what is not on its lane`)
    }
    if (before === undefined) this.#first = delivery.behind
    else before.behind = delivery.behind
    if (this.#last === delivery) this.#last = before
    delivery.behind = undefined
  }

  beginWait(wait: Wait): void {
    this.waits ??= new Set()
    this.waits.add(wait)
  }

  endWait(wait: Wait): void {
    if (this.waits?.delete(wait) && this.waits.size === 0) this.waits = undefined
  }

  get waiting(): number {
    return this.#waiting?.size ?? 0
  }

  push(delivery: Q): void {
    this.#waiting ??= new Fifo()
    this.#waiting.push(delivery)
  }

  /** The next delivery to post; deliveries that settled while they waited are skipped. */
  shift(): Q | undefined {
    let delivery = this.#waiting?.shift()
    while (delivery !== undefined && delivery.state === 'settled') delivery = this.#waiting?.shift()
    return delivery
  }

  someWaiting(is: (delivery: Q) => boolean): boolean {
    for (const delivery of this.#waiting ?? [])
      if (delivery.state === 'waiting' && is(delivery)) return true
    return false
  }

  /**
   * Puts back everything that was posted of the key, ahead of all that wait (D1: a repeated turn
   * keeps its place).
   */
  putBack(deliveries: readonly Q[]): void {
    if (deliveries.length !== this.#posted) {
      throw defect(
        `key ${this.domain} gets back ${deliveries.length} of ${this.#posted} deliveries`,
      )
    }
    this.#posted = 0
    this.#first = undefined
    this.#last = undefined
    for (const delivery of deliveries) delivery.behind = undefined
    this.#waiting ??= new Fifo()
    this.#waiting.unshiftAll(deliveries)
  }

  /**
   * Keeps one committed change; `null` removes the field, and the agent's record if it has none
   * left.
   */
  store(agent: string, field: string, value: Encoded | null): void {
    if (value === null) return this.#unstore(agent, field)
    this.#stored ??= new Map()
    let fields = this.#stored.get(agent)
    if (fields === undefined) {
      fields = new Map()
      this.#stored.set(agent, fields)
    }
    fields.set(field, value)
  }

  /** The same for a change that the key's lane has committed: the lane keeps it live. */
  commit(agent: string, field: string, value: Encoded | null): void {
    this.store(agent, field, value)
    this.live = this.#stored !== undefined
  }

  #unstore(agent: string, field: string): void {
    const fields = this.#stored?.get(agent)
    if (fields?.delete(field) !== true || fields.size > 0) return
    this.#stored?.delete(agent)
    if (this.#stored?.size === 0) this.#stored = undefined
  }

  get stored(): StoredState | undefined {
    return this.#stored
  }

  set stored(state: StoredState | undefined) {
    this.#stored = state
  }

  /** The committed state in the form that crosses to a lane. */
  storedAgents(): StoredAgent[] {
    return [...(this.#stored ?? [])].map(([agent, fields]) => ({ agent, fields: [...fields] }))
  }

  /** Whether the record can be forgotten without a loss. */
  get isSpent(): boolean {
    return this.inFlight === 0 && this.#stored === undefined
  }
}
