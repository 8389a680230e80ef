/**
 * What turns have the main thread do for them: the results go to the turns' lanes.
 *
 * Owns: each call, until it has let go, which may be after its turn has ended.
 * Invariants: D9, a turn whose call waits for others' calls is in the graph of waits; a turn that
 * runs again makes no call before all that its earlier attempts called has let go, so nothing runs
 * twice at once for one turn.
 */
import { errorToRecord, HeddleError } from '../../errors.ts'
import { type PartCall, type PartLock, type PartTurn, runHere } from '../../tools/main-part.ts'
import type { LaneCall, Reply } from '../../wire/wire.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { OpenAsk } from '../fleet/open-ask.ts'
import type { Delivery } from '../ledger/delivery.ts'
import { cycleOf, type HeldLimit, type Wait } from '../ledger/wait-graph.ts'
import type { RequestDesk } from './request-desk.ts'

export class MainCalls {
  readonly #desk: Desk
  /** What has not let go. */
  readonly #running = new Map<Delivery, Set<MainCall>>()

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** How many calls have not let go. */
  get running(): number {
    return [...this.#running.values()].reduce((sum, calls) => sum + calls.size, 0)
  }

  /** Nothing waits for any call any more. */
  end(reason: string): void {
    for (const calls of this.#running.values()) for (const one of calls) one.takeBack(reason)
  }

  take(lane: LaneChannel, record: LaneCall, asking: Delivery): void {
    const calls = this.#running.get(asking) ?? new Set()
    const earlier = [...calls].filter(({ isOver }) => isOver).map(({ letGo }) => letGo)
    const one = new MainCall(this.#desk, lane, record, asking)
    this.#running.set(asking, calls.add(one))
    one.letGo = one.run(record.call, earlier).finally(() => {
      calls.delete(one)
      if (calls.size === 0) this.#running.delete(asking)
    })
  }
}

type Desk = Pick<RequestDesk, 'clock' | 'answered'>

class MainCall implements OpenAsk, PartTurn {
  readonly asking: Delivery
  readonly by: string
  letGo: Promise<void> = Promise.resolve()
  readonly #desk: Desk
  readonly #lane: LaneChannel
  readonly #id: number
  readonly #ending = new AbortController()

  constructor(desk: Desk, lane: LaneChannel, { id, sender }: LaneCall, asking: Delivery) {
    this.#desk = desk
    this.#lane = lane
    this.#id = id
    this.asking = asking
    this.by = `${sender}/${asking.key}`
    lane.asking.set(id, this)
  }

  get delivery(): Delivery {
    return this.asking
  }

  /** Whether its turn does not wait for it any more. */
  get isOver(): boolean {
    return this.#ending.signal.aborted
  }

  await(lock: PartLock): () => void {
    const { home } = this.asking
    const target = { kind: 'limit', limit: limitOf(lock), name: lock.name } as const
    const cycle = home && cycleOf(home, this.by, target)
    if (cycle !== undefined) throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle })
    const wait: Wait = { by: this.by, target, since: this.#desk.clock.now() }
    home?.beginWait(wait)
    return () => home?.endWait(wait)
  }

  hold(): void {
    if (this.#lane.asking.delete(this.#id)) this.#lane.permits.set(this.#id, this)
  }

  takeBack(reason: string): void {
    this.#leaveLane()
    this.#end(reason)
  }

  orphan(): void {
    this.#end('its lane has died')
  }

  /** Settles when nothing runs for it any more; never rejects. */
  async run(call: PartCall, earlier: readonly Promise<void>[]): Promise<void> {
    const { signal } = this.#ending
    await Promise.all(earlier)
    if (signal.aborted) return
    const id = this.#id
    const progress = (value: unknown) => this.#tell({ kind: 'progress', id, value })
    const { result, letGo } = runHere(call, { signal, progress, turn: this })
    await result.then(
      (value) => this.#answer({ kind: 'value', id, value }),
      (error) => this.#answer({ kind: 'error', id, error: errorToRecord(error) }),
    )
    await letGo
  }

  #end(reason: string): void {
    this.#ending.abort(new HeddleError('HEDDLE_CANCELLED', { what: 'the call', reason }))
  }

  #answer(reply: Reply): void {
    if (this.isOver) return
    this.#leaveLane()
    this.#tell(reply)
    this.#ending.abort() // a later progress is of no use
  }

  #tell(reply: Reply): void {
    if (this.isOver) return // also when its lane has died
    this.#lane.reply(reply)
    this.#desk.answered()
  }

  #leaveLane(): void {
    this.#lane.asking.delete(this.#id)
    this.#lane.permits.delete(this.#id)
  }
}

/** A lock as the graph of waits sees it. */
function limitOf(lock: PartLock): HeldLimit {
  return {
    name: lock.name,
    isLock: true,
    needsAll: lock.needsAll,
    get hasRoom() {
      return lock.hasRoom
    },
    get heldBy() {
      return lock.heldBy
    },
    holders: () => lock.turns().flatMap(({ delivery }) => (delivery as Delivery).home ?? []),
  }
}
