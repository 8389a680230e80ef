/**
 * What turns have the main thread do for them: the results go to the turns' lanes.
 *
 * Owns: each call, until it has let go, which may be after its turn has ended.
 * Invariant: a turn that runs again makes no call before all that its earlier attempts called has
 * let go, so nothing runs twice at once for one turn.
 */
import type { Clock } from '../../clock.ts'
import { errorToRecord, HeddleError } from '../../errors.ts'
import { type CallingTurn, type CallWait, type PartCall, runHere } from '../../tools/main-part.ts'
import type { LaneCall, Reply } from '../../wire/wire.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { OpenAsk } from '../fleet/open-ask.ts'
import type { Delivery, Key } from '../ledger/delivery.ts'
import { cycleOf, type Wait, type WaitTarget } from '../ledger/wait-graph.ts'
import type { RequestDesk } from './request-desk.ts'

type Desk = Pick<RequestDesk, 'answered' | 'clock'>

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

  take(lane: LaneChannel, { id, call }: LaneCall, asking: Delivery): void {
    const calls = this.#running.get(asking) ?? new Set()
    const earlier = [...calls].filter(({ isOver }) => isOver).map(({ letGo }) => letGo)
    const one = new MainCall(lane, id, asking, this.#desk)
    this.#running.set(asking, calls.add(one))
    one.letGo = one.run(call, earlier).finally(() => {
      calls.delete(one)
      if (calls.size === 0) this.#running.delete(asking)
    })
  }
}

class MainCall implements OpenAsk {
  readonly asking: Delivery
  letGo: Promise<void> = Promise.resolve()
  readonly #answered: () => void
  readonly #clock: Clock
  readonly #lane: LaneChannel
  readonly #id: number
  readonly #ending = new AbortController()
  #endWait = () => {}

  constructor(lane: LaneChannel, id: number, asking: Delivery, { answered, clock }: Desk) {
    this.#answered = answered
    this.#clock = clock
    this.#lane = lane
    this.#id = id
    this.asking = asking
    lane.asking.set(id, this)
  }

  /** Whether its turn does not wait for it any more. */
  get isOver(): boolean {
    return this.#ending.signal.aborted
  }

  takeBack(reason: string): void {
    this.#lane.asking.delete(this.#id)
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
    const turn = this.#turn
    const { result, letGo } = runHere(call, { signal, progress, ...(turn && { turn }) })
    await result.then(
      (value) => this.#answer({ kind: 'value', id, value }),
      (error) => this.#answer({ kind: 'error', id, error: errorToRecord(error) }),
    )
    await letGo
  }

  /** The turn, for what it waits for (D9). */
  get #turn(): CallingTurn | undefined {
    const { home: key } = this.asking
    return key && { key, waits: (wait) => this.#waits(key, wait) }
  }

  #waits(key: Key, wait: CallWait | undefined): void {
    this.#endWait()
    if (wait === undefined || this.isOver) return
    const { agent, key: own } = this.asking
    const by = `${agent}/${own}`
    const target = targetOf(wait, key)
    const cycle = cycleOf(key, by, target)
    if (cycle !== undefined) {
      const error = new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle })
      return this.#answer({ kind: 'error', id: this.#id, error: errorToRecord(error) })
    }
    const begun: Wait = { by, target, since: this.#clock.now() }
    key.beginWait(begun)
    this.#endWait = () => {
      this.#endWait = () => {}
      key.endWait(begun)
    }
  }

  #end(reason: string): void {
    this.#endWait()
    this.#ending.abort(new HeddleError('HEDDLE_CANCELLED', { what: 'the call', reason }))
  }

  #answer(reply: Reply): void {
    if (this.isOver) return
    this.#lane.asking.delete(this.#id)
    this.#tell(reply)
    this.#endWait()
    this.#ending.abort() // a later progress is of no use
  }

  #tell(reply: Reply): void {
    if (this.isOver) return // also when its lane has died
    this.#lane.reply(reply)
    this.#answered()
  }
}

/**
 * A call that ends by itself holds up nobody for ever, whatever its turn waits for. Neither does
 * another call of the same turn: it does not wait for this one.
 */
function targetOf({ what: name, until, calls }: CallWait, own: Key): WaitTarget {
  const stuck = calls.filter(({ key, endsByItself }) => {
    return key !== undefined && key !== own && !endsByItself
  })
  const keys = () => stuck.map(({ key }) => key as Key)
  if (until === 'all') return { kind: 'task', keys, name }
  const hasRoom = stuck.length < calls.length
  const heldBy = calls.map(({ agent }) => agent)
  return { kind: 'limit', limit: { name, hasRoom, heldBy, holders: keys }, name }
}
