/**
 * What turns have the main thread do for them: the results go to the turns' lanes.
 *
 * Owns: each call, until it has let go, which may be after its turn has ended.
 * Invariant: a turn that runs again makes no call before all that its earlier attempts called has
 * let go, so nothing runs twice at once for one turn.
 */
import { errorToRecord, HeddleError } from '../../errors.ts'
import { type PartCall, runHere } from '../../tools/main-part.ts'
import type { LaneCall, Reply } from '../../wire/wire.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { OpenAsk } from '../fleet/open-ask.ts'
import type { Delivery } from '../ledger/delivery.ts'

export class MainCalls {
  readonly #answered: () => void
  /** What has not let go. */
  readonly #running = new Map<Delivery, Set<MainCall>>()

  /** `answered` is called after each answer, so that it leaves soon. */
  constructor(answered: () => void) {
    this.#answered = answered
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
    const one = new MainCall(lane, id, asking, this.#answered)
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
  readonly #lane: LaneChannel
  readonly #id: number
  readonly #ending = new AbortController()

  constructor(lane: LaneChannel, id: number, asking: Delivery, answered: () => void) {
    this.#answered = answered
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
    const { result, letGo } = runHere(call, { signal, progress })
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
    this.#lane.asking.delete(this.#id)
    this.#tell(reply)
    this.#ending.abort() // a later progress is of no use
  }

  #tell(reply: Reply): void {
    if (this.isOver) return // also when its lane has died
    this.#lane.reply(reply)
    this.#answered()
  }
}
