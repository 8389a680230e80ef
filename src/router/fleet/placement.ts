/**
 * Which lane runs which key, and when.
 *
 * Owns: the pins, and the queues of deliveries that are accepted and not posted.
 * Does not own: the ledger's counts; what a delivery means.
 * Invariants: D1, a key is on one lane at a time, and its deliveries are posted in the order of
 * acceptance, on another lane only when none of them can begin on the previous one; D2, keys are
 * posted in rotation; D6, the first delivery of a key that is not live carries its committed state;
 * D8, a lane holds at most its credit, and a key at most its share of it.
 */
import type { Clock } from '../../clock.ts'
import { Fifo } from '../../fifo.ts'
import { isClosureDomain } from '../../ids/serial-domain.ts'
import type { ExtraOf } from '../../wire/deliver-record.ts'
import type { FromLane } from '../../wire/wire.ts'
import {
  type Delivery,
  type Incidents,
  type Key,
  markPosted,
  markWaiting,
  sizeOf,
} from '../ledger/delivery.ts'
import { NO_LANE } from '../ledger/key-record.ts'
import { KeyRecords } from '../ledger/key-records.ts'
import type { LaneChannel } from './lane-channel.ts'
import { LaneChoice } from './lane-choice.ts'
import { LastKeys } from './last-keys.ts'
import { Quarantine } from './quarantine.ts'

/** How many deliveries of one key are posted before the next key has its turn. */
const ROTATION = 8
/** How many keys are taken back from a lane in one go; the rest follows later. */
const MOVED = 512

/** The count of looks of the watch: the unit of time for progress. */
export interface Looks {
  readonly looks: number
}

export interface PlacementParts {
  readonly maxLiveKeys: number
  readonly clock: Clock
  readonly watch: Looks
}

export class Placement {
  readonly #lanes: readonly LaneChannel[]
  /** Where closure agents run: a lane in the router's own thread. */
  readonly #main: LaneChannel
  readonly #choice: LaneChoice
  readonly #maxLiveKeys: number
  readonly #clock: Clock
  readonly #passivated: (lane: number, key: string) => void
  readonly #keys = new KeyRecords()
  readonly #watch: Looks
  /** How many records lanes have posted so far. */
  #records = 0
  /** Keys with deliveries to post that no lane has yet. */
  readonly #unpinned = new Fifo<Key>()
  readonly #last = new LastKeys()
  readonly #quarantine: Quarantine

  constructor(
    lanes: readonly LaneChannel[],
    main: LaneChannel,
    { maxLiveKeys, clock, watch }: PlacementParts,
    passivated: (lane: number, key: string) => void,
  ) {
    this.#lanes = lanes
    this.#main = main
    this.#choice = new LaneChoice(lanes)
    this.#maxLiveKeys = maxLiveKeys
    this.#clock = clock
    this.#watch = watch
    this.#passivated = passivated
    this.#quarantine = new Quarantine(lanes, {
      post: (lane, key, delivery) => this.#post(lane, key, delivery),
      letIn: (lane, mayRun) => this.#letIn(lane, mayRun),
    })
  }

  /** Keys that have work or state. */
  get keyCount(): number {
    return this.#keys.count
  }

  find(domain: string): Key | undefined {
    return this.#keys.find(domain)
  }

  /** The record of a key that is about to get work or state; made if missing. */
  record(domain: string): Key {
    return this.#keys.record(domain)
  }

  records(): IterableIterator<Key> {
    return this.#keys.all()
  }

  /**
   * Takes in an accepted delivery: into the next batch if there is room, else into its key's queue.
   */
  add(delivery: Delivery, domain: string): void {
    const key = this.record(domain)
    delivery.home = key
    key.accepted(sizeOf(delivery), this.#watch.looks)
    if (key.lane !== NO_LANE) {
      const lane = this.#channel(key.lane)
      lane.bind(1)
      if (key.inFlight === 1) lane.idle.delete(key)
      const isFree = key.posted === 0 && key.waiting === 0
      if (isFree && lane !== this.#main && this.#choice.isWorthLeaving(lane)) this.#unpin(key, lane)
    }
    if (key.waiting === 0) {
      const lane = key.lane !== NO_LANE ? this.#channel(key.lane) : this.#choose(key)
      const isNext = lane !== undefined && lane.ready.size === 0 && this.#mayPost(lane, key)
      if (isNext) return this.#post(lane, key, delivery)
    }
    key.push(delivery)
    this.#queue(key)
  }

  /** Notes that a delivery has settled: its key may post the next one, or rest. */
  settled(delivery: Delivery, wasPosted: boolean): void {
    const key = delivery.home
    if (key === undefined) return
    key.settled(sizeOf(delivery), this.#watch.looks, wasPosted ? delivery : undefined)
    if (key.lane !== NO_LANE) {
      const lane = this.#channel(key.lane)
      if (wasPosted) lane.settle(delivery)
      lane.unbind(1)
      lane.acquit(delivery)
    }
    if (key.inFlight > 0) this.#queue(key)
    else this.#rest(key)
  }

  /**
   * Notes that a lane has posted a record. Observations are posted in the middle of a turn; all
   * other records when its thread is between two turns.
   */
  heard(lane: LaneChannel, kind: FromLane['kind']): void {
    lane.hear(++this.#records, kind !== 'observations' && kind !== 'recorded')
  }

  /** Posts deliveries to every lane that has room. */
  fill(): void {
    let before: number
    do {
      before = this.#unpinned.size + this.#last.queue.size
      for (const lane of this.#lanes) this.fillLane(lane)
      // another lane may have the least work by now
    } while (this.#unpinned.size + this.#last.queue.size < before)
    if (this.#main.status === 'up' && !this.#lanes.includes(this.#main)) this.fillLane(this.#main)
  }

  flush(): void {
    for (const lane of this.#lanes) lane.flush()
    if (!this.#lanes.includes(this.#main)) this.#main.flush()
  }

  /**
   * Frees the keys of a lane of which no turn has begun and whose first posted delivery, if any, is
   * among the first `upTo`. Returns whether there were any.
   */
  takeBack(lane: LaneChannel, upTo: number): boolean {
    const freed: Key[] = []
    const now = this.#clock.now()
    for (const [key, deliveries] of lane.suspects.length > 0 ? [] : lane.idleKeys(upTo)) {
      if (freed.length === MOVED) break
      // no lane would begin it now
      const isPaused = (deliveries[0]?.incidents?.notBefore ?? 0) > now
      if (isPaused || !lane.recall(key, deliveries)) continue
      for (const delivery of deliveries) markWaiting(delivery)
      key.putBack(deliveries)
      if (key.live) this.#dropLive(key, lane)
      freed.push(key)
    }
    const suspects = new Set(lane.suspects.map(({ home }) => home))
    for (const key of lane.ready) {
      if (freed.length >= MOVED) break
      // One whose work was cancelled may rest, and stand here still.
      if (key.lane !== lane.index || key.posted > 0 || key.inFlight === 0) continue
      if (!suspects.has(key)) freed.push(key)
    }
    for (const key of freed) if (key.lane === lane.index) this.#unpin(key, lane)
    // Some keys may have lost their lane earlier, when all their deliveries had settled, and have
    // work again.
    const unqueued = lane.ready.remove((key) => key.lane === NO_LANE)
    for (const key of unqueued) key.queued = false
    for (const key of new Set([...freed, ...unqueued])) this.#queue(key)
    return freed.length + unqueued.length > 0
  }

  /** Puts the unsettled deliveries of a dead lane back to the heads of their queues, in order. */
  putBack(lane: LaneChannel, unsettled: readonly Delivery[]): void {
    for (const key of this.#keys.all()) {
      if (key.lane === lane.index) key.live = false
    }
    for (const [key, deliveries] of Map.groupBy(unsettled, (delivery) => delivery.home)) {
      for (const delivery of deliveries) markWaiting(delivery)
      if (key === undefined) continue
      key.putBack(deliveries)
      if ((deliveries[0]?.incidents?.caused ?? 0) > 0) this.#queueLast(key, lane)
      else this.#queue(key)
    }
    for (const key of this.#keys.all()) {
      if (key.lane === lane.index && key.inFlight === 0) this.#rest(key)
    }
  }

  /** Frees the keys of a lane that is given up: they may go to any other lane. */
  unpinAll(lane: LaneChannel): void {
    lane.suspect([])
    lane.ready.clear()
    for (const key of this.#keys.all()) {
      if (key.lane !== lane.index) continue
      this.#unpin(key, lane)
      key.queued = false
      if (key.inFlight > 0) this.#queue(key)
      else this.#rest(key)
    }
  }

  /** Forgets all live state, so that every key is activated again. Nothing may be in flight. */
  passivateAll(): void {
    for (const key of this.#keys.all()) if (key.live) this.#passivate(key)
  }

  /** Forgets all committed state. Nothing may be in flight, or live. */
  forgetState(): void {
    for (const key of this.#keys.all()) {
      key.stored = undefined
      if (key.isSpent) this.#keys.forget(key)
    }
  }

  #channel(index: number): LaneChannel {
    return this.#lanes[index] ?? this.#main
  }

  /** The lane for a key that is free to choose. */
  #choose(key: Key): LaneChannel | undefined {
    return isClosureDomain(key.domain) ? this.#main : this.#choice.best()
  }

  /** Takes a key without posted deliveries off its lane, and the lane drops its live state. */
  #unpin(key: Key, lane: LaneChannel): void {
    lane.unbind(key.inFlight)
    if (key.live) {
      lane.passivate(key)
      this.#dropLive(key, lane)
    }
    key.lane = NO_LANE
  }

  #pin(key: Key, lane: LaneChannel): void {
    if (key.lane === lane.index) return
    key.lane = lane.index
    lane.bind(key.inFlight)
  }

  #mayPost(lane: LaneChannel, key: Key): boolean {
    return lane.suspects.length === 0 && lane.room > 0 && key.posted < lane.keyShare
  }

  #queue(key: Key): void {
    if (key.queued || key.waiting === 0) return
    if (key.lane === NO_LANE && isClosureDomain(key.domain)) this.#pin(key, this.#main)
    if (key.lane === NO_LANE) this.#unpinned.push(key)
    else {
      const lane = this.#channel(key.lane)
      if (key.posted >= lane.keyShare) return // queued again when one of them settles
      lane.ready.push(key)
    }
    key.queued = true
  }

  fillLane(lane: LaneChannel): void {
    if (this.#quarantine.fill(lane)) return
    let pinned = true
    while (lane.room > 0) {
      const key = this.#nextKey(lane, pinned)
      if (key === undefined) return
      pinned = !pinned
      key.queued = false
      if (key.lane !== NO_LANE && key.lane !== lane.index) {
        this.#queue(key) // pinned elsewhere since it was queued here
        continue
      }
      for (let posted = 0; posted < ROTATION && this.#mayPost(lane, key); posted++) {
        const delivery = key.shift()
        if (delivery === undefined) break
        this.#post(lane, key, delivery)
      }
      this.#queue(key)
    }
  }

  /** Pinned keys and keys without a lane take turns. */
  #nextKey(lane: LaneChannel, pinned: boolean): Key | undefined {
    if (lane === this.#main && !this.#lanes.includes(lane)) return lane.ready.shift()
    if (!this.#choice.mayTake(lane)) return lane.ready.shift()
    const [first, second] = pinned ? [lane.ready, this.#unpinned] : [this.#unpinned, lane.ready]
    return this.#last.overdue() ?? first.shift() ?? second.shift() ?? this.#last.nextFor(lane)
  }

  #queueLast(key: Key, lane: LaneChannel): void {
    if (key.queued) return
    this.#unpin(key, lane)
    this.#last.queue.push(key)
    key.queued = true
  }

  /** Posts the deliveries that may run although the lane takes nothing else. */
  #letIn(lane: LaneChannel, mayRun: (delivery: Delivery) => boolean): void {
    for (const queue of [lane.ready, this.#unpinned, this.#last.queue]) {
      for (let keys = queue.size; keys > 0; keys--) {
        const key = queue.shift() as Key
        key.queued = false
        const isHere = key.lane === NO_LANE || key.lane === lane.index
        while (isHere && key.someWaiting(mayRun)) this.#post(lane, key, key.shift() as Delivery)
        this.#queue(key)
      }
    }
  }

  #post(lane: LaneChannel, key: Key, delivery: Delivery): void {
    this.#pin(key, lane)
    key.post(delivery)
    markPosted(delivery)
    lane.deliver(delivery, key, this.#extraOf(key, delivery))
  }

  #extraOf(key: Key, delivery: Delivery): ExtraOf | undefined {
    const activates = !key.live && key.stored !== undefined
    const { attempt, caller, incidents, recorded } = delivery
    const copied = delivery.form === 'copied'
    const isPlain = attempt === 1 && !copied && recorded === undefined
    if (!activates && isPlain && (caller?.chain.length ?? 0) === 0) return undefined
    if (activates) key.live = true
    return {
      ...(attempt > 1 && { attempt }),
      ...(incidents !== undefined && this.#againOf(incidents)),
      ...(copied && { copied: true as const }),
      ...(caller !== undefined && { chain: caller.chain }),
      ...(activates && { activate: key.storedAgents() }),
      ...(recorded !== undefined && { recorded: recorded.all }),
    }
  }

  /** The extras of a delivery that is tried again: they carry what is left of its pause. */
  #againOf({ failures, notBefore }: Incidents): ExtraOf {
    const delayMs = failures === 0 ? 0 : Math.max(0, notBefore - this.#clock.now())
    return { ...(failures > 0 && { failures }), ...(delayMs > 0 && { delayMs }) }
  }

  /**
   * Lets a key without work rest: it keeps its lane while it is live there, and is forgotten when
   * it has nothing to keep.
   */
  #rest(key: Key): void {
    if (key.live) {
      const lane = this.#channel(key.lane)
      lane.idle.add(key)
      if (lane.idle.size > this.#maxLiveKeys)
        this.#passivate(lane.idle.values().next().value as Key)
      return
    }
    key.lane = NO_LANE
    if (key.isSpent) this.#keys.spend(key)
  }

  #passivate(key: Key): void {
    const lane = this.#channel(key.lane)
    lane.idle.delete(key)
    lane.passivate(key)
    this.#dropLive(key, lane)
    this.#rest(key)
  }

  #dropLive(key: Key, lane: LaneChannel): void {
    this.#passivated(lane.index, key.domain)
    key.live = false
  }
}
