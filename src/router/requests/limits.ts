/**
 * Named limits: how many turns, over all lanes, may do something at the same time.
 *
 * Owns: the holders of each limit, and the turns that wait for it. A permit ends when its turn
 * gives it back, or with the attempt that took it. A turn counts once, however often it asks: it
 * never waits for a limit that it holds.
 * Invariant: D9, a turn that waits for a limit waits for its holders.
 */
import { errorToRecord, HeddleError } from '../../errors.ts'
import type { LaneAcquire } from '../../wire/wire.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { OpenAsk } from '../fleet/open-ask.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'
import { cycleOf, type Wait, type WaitTarget } from '../ledger/wait-graph.ts'
import type { RequestDesk } from './request-desk.ts'

export class NamedLimit {
  readonly name: string
  readonly capacity: number
  readonly #held = new Map<Delivery, Set<Permit>>()
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Permit>()

  constructor(name: string, capacity: number) {
    this.name = name
    this.capacity = capacity
  }

  get hasRoom(): boolean {
    return this.#held.size < this.capacity
  }

  /** The keys whose turns hold the limit. */
  holders(): Key[] {
    return [...this.#held.keys()].flatMap(({ home }) => home ?? [])
  }

  /** The agents whose turns hold the limit. */
  get heldBy(): string[] {
    return [...this.#held.values()].flatMap((permits) => [...permits].map(({ by }) => by))
  }

  isHeldBy(turn: Delivery): boolean {
    return this.#held.has(turn)
  }

  /** Lets a permit wait for room, if there is none. */
  await(permit: Permit): void {
    this.#waiting.add(permit)
    this.#grant()
  }

  /** Grants free permits, first come, first served; a turn gets all that it waits for. */
  #grant(): void {
    while (this.hasRoom) {
      const [next] = this.#waiting
      if (next === undefined) return
      for (const one of [next, ...((next.asking.permits ?? []) as Iterable<Permit>)]) {
        if (this.#waiting.delete(one)) this.give(one)
      }
    }
  }

  give(permit: Permit): void {
    const permits = this.#held.get(permit.asking) ?? new Set()
    this.#held.set(permit.asking, permits.add(permit))
    permit.granted()
  }

  takeBack(permit: Permit): void {
    if (this.#waiting.delete(permit)) return
    const permits = this.#held.get(permit.asking)
    if (permits?.delete(permit) !== true || permits.size > 0) return
    this.#held.delete(permit.asking)
    this.#grant()
  }
}

/** The limits of a runtime, and the permits of its turns. */
export class Limits {
  readonly #limits: ReadonlyMap<string, NamedLimit>
  readonly #parts: RequestDesk

  constructor(capacities: Readonly<Record<string, number>>, parts: RequestDesk) {
    const entries = Object.entries(capacities)
    this.#limits = new Map(entries.map(([name, most]) => [name, new NamedLimit(name, most)]))
    this.#parts = parts
  }

  /** Handles a turn's request for a permit: grants it, refuses it, or lets it wait. */
  take(lane: LaneChannel, acquire: LaneAcquire, asking: Delivery): void {
    const limit = this.#limits.get(acquire.limit)
    const refuse = (error: HeddleError) => {
      lane.reply({ kind: 'error', id: acquire.id, error: errorToRecord(error) })
    }
    if (limit === undefined) {
      const known = [...this.#limits.keys()]
      return refuse(new HeddleError('HEDDLE_UNKNOWN_LIMIT', { limit: acquire.limit, known }))
    }
    const permit = new Permit(this.#parts, limit, lane, acquire, asking)
    if (limit.isHeldBy(asking)) {
      permit.begin()
      return limit.give(permit)
    }
    const { home } = asking
    const cycle = home === undefined ? undefined : cycleOf(home, permit.by, permit.target)
    if (cycle !== undefined) return refuse(new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle }))
    permit.begin()
    limit.await(permit)
  }

  /** Takes back all permits of an attempt that has ended. */
  release(delivery: Delivery): void {
    for (const permit of delivery.permits ?? []) permit.end()
    delivery.permits = undefined
  }
}

/** One turn's permit of a limit, waited for or held. */
export class Permit implements OpenAsk, Wait {
  readonly asking: Delivery
  readonly by: string
  readonly since: number
  readonly target: WaitTarget
  readonly #limit: NamedLimit
  readonly #lane: LaneChannel
  readonly #id: number
  readonly #stopTimer: () => void

  constructor(
    { clock, requestDeadlineMs, answered }: RequestDesk,
    limit: NamedLimit,
    lane: LaneChannel,
    { id, sender, deadlineMs = requestDeadlineMs }: LaneAcquire,
    asking: Delivery,
  ) {
    this.asking = asking
    this.by = `${sender}/${asking.key}`
    this.since = clock.now()
    this.target = { kind: 'limit', limit, name: `limit ${limit.name}` }
    this.#limit = limit
    this.#lane = lane
    this.#id = id
    this.#stopTimer = clock.after(deadlineMs, () => {
      this.#expire(deadlineMs)
      answered()
    })
  }

  begin(): void {
    this.asking.permits ??= new Set()
    this.asking.permits.add(this)
    this.asking.home?.beginWait(this)
    this.#lane.asking.set(this.#id, this)
  }

  granted(): void {
    this.#stopTimer()
    this.asking.home?.endWait(this)
    this.#lane.asking.delete(this.#id)
    this.#lane.permits.set(this.#id, this)
    this.#lane.reply({ kind: 'value', id: this.#id, value: undefined })
  }

  /** Ends the permit, or the wait for it. */
  end(): void {
    this.#stopTimer()
    this.asking.home?.endWait(this)
    this.asking.permits?.delete(this)
    this.#lane.asking.delete(this.#id)
    this.#lane.permits.delete(this.#id)
    this.#limit.takeBack(this)
  }

  takeBack(): void {
    this.end()
  }

  orphan(): void {
    this.end()
  }

  #expire(waitedMs: number): void {
    this.end()
    const fields = { limit: this.#limit.name, waitedMs, holders: this.#limit.heldBy }
    const error = errorToRecord(new HeddleError('HEDDLE_LIMIT_DEADLINE', fields))
    this.#lane.reply({ kind: 'error', id: this.#id, error })
  }
}
