/**
 * Watches for keys that make no progress, and what each waits for (D10); and for keys that occupy a
 * lane while others are idle.
 *
 * Owns: what it has reported.
 * Does not own: any remedy; deadlines and limits of turns end what can be ended.
 */
import type { Clock } from '../../clock.ts'
import { handOut } from '../../messages/frozen.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { StalledKey, WaitsFor } from '../reports/inspect-record.ts'
import type { Inspection } from '../reports/inspection.ts'
import { LOOK_MS, type Watch } from './watch.ts'

export interface StallWatchParts {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly watch: Pick<Watch, 'looks'>
  readonly lanes: readonly LaneChannel[]
  readonly inspection: Inspection
  readonly messageId: (sequence: number) => string
  /** Milliseconds without progress. */
  readonly stallMs: number
}

/** It checks at one look of the watch out of this many: once a second is often enough. */
const EVERY = 10
/**
 * A lane is occupied by one key when it has at least this much to do, at least this share of it
 * belongs to the key, and that holds for this many checks.
 */
const HOT_BOUND = 64
const HOT_SHARE = 0.8
const HOT_CHECKS = 3

export class StallWatch {
  readonly #parts: StallWatchParts
  /** Stalled keys that were reported, each with its progress at that time. */
  #told = new WeakMap<Key, number>()
  /** Whether it was reported to listeners. */
  #toListeners = false
  readonly #hot = new Map<LaneChannel, { readonly key: Key; checks: number }>()
  #found: readonly StalledKey[] = []

  constructor(parts: StallWatchParts) {
    this.#parts = parts
  }

  look(): void {
    const { watch, inspection } = this.#parts
    if (watch.looks % EVERY !== 0) return
    const stalled = [...this.#stalled()]
    this.#found = handOut(stalled.map(([key, delivery]) => this.#describe(key, delivery)))
    if (this.#toListeners !== inspection.isOn) {
      this.#toListeners = inspection.isOn
      this.#told = new WeakMap() // there are other listeners now, to which nothing was reported
    }
    this.#tellStalled(stalled.map(([key]) => key))
    this.#tellHot()
  }

  /** The keys that made no progress at the last check. */
  list(): readonly StalledKey[] {
    return this.#parts.ledger.inFlight === 0 ? [] : this.#found
  }

  #tellStalled(keys: readonly Key[]): void {
    const fresh = this.#found.filter((_, at) => {
      const key = keys[at] as Key
      return this.#told.get(key) !== key.progress
    })
    for (const key of keys) this.#told.set(key, key.progress)
    if (fresh.length > 0) this.#parts.inspection.report({ kind: 'stalled', keys: fresh })
  }

  /** The stalled keys, each with its oldest delivery. */
  #stalled(): Map<Key, Delivery> {
    const { ledger, watch, stallMs } = this.#parts
    const found = new Map<Key, Delivery>()
    const latest = watch.looks - stallMs / LOOK_MS
    for (const delivery of ledger.entries()) {
      const { home, order } = delivery
      if (home === undefined || home.progress > latest) continue
      if (order < (found.get(home)?.order ?? Number.POSITIVE_INFINITY)) found.set(home, delivery)
    }
    return found
  }

  #describe(key: Key, delivery: Delivery): StalledKey {
    const { watch, messageId } = this.#parts
    return {
      key: delivery.key,
      agent: `${delivery.agent}/${delivery.key}`,
      message: delivery.message,
      messageId: messageId(delivery.sequence),
      waitsFor: this.#waitsOf(key, delivery),
      sinceMs: (watch.looks - key.progress) * LOOK_MS,
      inFlight: key.inFlight,
    }
  }

  #waitsOf(key: Key, delivery: Delivery): WaitsFor[] {
    const { clock, lanes } = this.#parts
    const now = clock.now()
    if (key.waits !== undefined) {
      return [...key.waits].map(({ target, since }) => {
        const sinceMs = now - since
        if (target.kind !== 'limit') return { kind: 'reply', from: target.name, sinceMs }
        const { name, isLock, heldBy } = target.limit
        if (isLock === true) return { kind: 'lock', lock: name, heldBy, sinceMs }
        return { kind: 'limit', limit: name, sinceMs }
      })
    }
    const lane = lanes.find(({ index }) => index === key.lane)
    if (lane === undefined) return [{ kind: 'lane', lane: key.lane, why: 'busy' }]
    if (lane.since(delivery) !== undefined) return [{ kind: 'handler' }]
    const inMs = (delivery.incidents?.notBefore ?? 0) - now
    if (inMs > 0) return [{ kind: 'retry', inMs }]
    const { index, status, suspects } = lane
    if (status !== 'up') return [{ kind: 'lane', lane: index, why: status }]
    return [{ kind: 'lane', lane: index, why: suspects.length > 0 ? 'suspects' : 'busy' }]
  }

  #tellHot(): void {
    const { lanes, inspection } = this.#parts
    const own = lanes.filter(({ index }) => index >= 0)
    const idleLanes = own.filter(({ status, bound }) => status === 'up' && bound === 0).length
    for (const lane of own) {
      const found = idleLanes === 0 ? undefined : this.#hottest(lane)
      const key = found?.home
      const before = this.#hot.get(lane)
      if (found === undefined || key === undefined) this.#hot.delete(lane)
      else if (before?.key !== key) this.#hot.set(lane, { key, checks: 1 })
      else if (++before.checks === HOT_CHECKS) {
        const { inFlight } = key
        const told = { key: found.key, lane: lane.index, inFlight, idleLanes }
        inspection.report({ kind: 'hot-key', ...told })
      }
    }
  }

  /** A delivery of the key to which nearly all the work of a full lane belongs. */
  #hottest(lane: LaneChannel): Delivery | undefined {
    if (lane.bound < HOT_BOUND) return undefined
    for (const delivery of this.#parts.ledger.entries()) {
      const { home } = delivery
      if (home?.lane === lane.index && home.inFlight >= lane.bound * HOT_SHARE) return delivery
    }
    return undefined
  }
}
