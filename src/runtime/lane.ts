/**
 * A lane: runs the turns of the keys that are pinned to it, on whatever thread it stands.
 *
 * Owns: the running turns, the results not yet posted, the requests not yet answered, the slices of its thread's time.
 * Does not own: which deliveries exist, and what is committed. It may be lost at any moment, and the
 * router starts again from the ledger (D6).
 * Invariants: D2, keys interleave at `await`; D5, a turn's result leaves in one commit record, and before its next attempt begins.
 * Gotchas: `receive` may be called from within `post` (a lane in the router's own thread), so it only takes in.
 */
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import type { Made } from '../messages/message.ts'
import { Asking } from './asking.ts'
import { CommitBuffer } from './commit-buffer.ts'
import type { Counters, StopSign } from './counters.ts'
import { readDeliveries } from './deliver-record.ts'
import { KeyReader } from './key-table.ts'
import type { LaneAgents } from './lane-agents.ts'
import type { LaneSettings } from './lane-settings.ts'
import type { LaneDelivery } from './mailbox.ts'
import { Mailboxes, type Next } from './mailboxes.ts'
import { NameReader, NameWriter } from './names.ts'
import type { SendOptions } from './turn.ts'
import type { TurnFrame } from './turn-frame.ts'
import { type TurnHost, TurnRun } from './turn-run.ts'
import type { CancelRecord, FromLane, Observation, ToLane, TurnNames } from './wire.ts'

/** Where a test may end a lane: the points at which a death means something different. */
export type KillPoint = 'before-begin' | 'claim-lost' | 'recalled' | 'begun' | 'ended' | 'posted'

export interface LaneOptions {
  readonly settings: LaneSettings
  readonly agents: LaneAgents
  readonly counters: Counters
  readonly clock: Clock
  readonly post: (record: FromLane) => void
  /** `counted`: time has no say in when commits are posted, so that the same calls give the same order. Default: `timed`. */
  readonly commits?: 'timed' | 'counted'
  /** Milliseconds for which this thread has been busy since it started. */
  readonly busyMs: () => number
  /** Wraps a turn, so that a runtime on this thread can tell that it is called inside one. */
  readonly enter?: (turn: () => Promise<void> | undefined) => Promise<void> | undefined
  /** The lane yields to its loop after so many milliseconds. Default 8. */
  readonly sliceMs?: number
  readonly probe?: (point: KillPoint, slot: number) => void
  /** Throws where a simulation makes a handler fail: before it runs, and after it has ended well. */
  readonly inject?: (delivery: LaneDelivery) => void
}

const SLICE_MS = 8
/** A commit is posted after so many turns, or so many milliseconds, or when the lane runs dry. */
const COMMIT_TURNS = 256
const COMMIT_MS = 1
export class Lane implements TurnHost {
  readonly agents: LaneAgents
  readonly #options: LaneOptions
  readonly #names = new NameReader()
  readonly #keys = new KeyReader()
  readonly #commit = new CommitBuffer(new NameWriter())
  readonly #mailboxes: Mailboxes
  readonly #running = new Map<number, TurnRun>()
  readonly #freeCells: number[]
  readonly #asking = new Asking()
  #observations: Observation[] = []
  #timed = false
  #scheduled = false
  #pumping = false
  #dead = false
  #flushedAt = 0
  #busyMs = 0
  #cancels = 0
  /** Whether the router waits to hear that a recall was read. */
  #owesWord = false

  constructor(options: LaneOptions) {
    this.#options = options
    this.agents = options.agents
    this.#mailboxes = new Mailboxes(options.clock, () => this.#wake())
    this.#freeCells = Array.from({ length: options.counters.turns }, (_, cell) => cell).reverse()
  }

  /** Takes in one record of the router; runs nothing yet. */
  receive(record: ToLane): void {
    if (this.#dead) return
    switch (record.kind) {
      case 'deliver':
        if (this.#isIdle) this.#busyMs = this.#options.busyMs() // what was before is no turn's work
        readDeliveries(record, this.#names, this.#keys, (delivery, activate) => {
          const domain = this.agents.domainOf(delivery.agent, delivery.key)
          this.#mailboxes.add(domain, delivery, activate)
        })
        break
      case 'replies':
        for (const reply of record.replies) this.#asking.answer(reply)
        break
      case 'cancel':
        this.#cancels += record.slots.length
        this.#cancel(record)
        break
      case 'expire':
        this.#takeOut(record, 'expired')
        break
      case 'passivate':
        this.#mailboxes.forget(record.keys)
        break
      case 'recall':
        this.#mailboxes.recall(record.keys)
        this.#owesWord = true
        this.#options.probe?.('recalled', -1)
        break
      case 'overdue':
        for (const run of this.#runsOf(record)) run.stop.timeOut()
        break
      case 'give-up':
        for (const run of this.#runsOf(record)) {
          run.giveUp()
          this.#endSuspended(run)
        }
        break
      case 'observe':
        this.#timed = record.times
        break
    }
    this.#wake()
  }

  /** For simulations: the suspended turns that wait for nothing that heddle knows of, nor watch their signal. */
  turnsOutside(): TurnRun[] {
    return [...this.#running.values()].filter((run) => !run.waitsKnowingly)
  }

  /** For simulations: fails a suspended turn. */
  refuse(run: TurnRun, error: HeddleError): void {
    run.giveUp(error)
    this.#endSuspended(run)
  }

  /** Ends the lane where it stands, as the death of its thread would. For tests. */
  kill(): void {
    this.#dead = true
  }

  get clock(): Clock {
    return this.#options.clock
  }

  get inject(): LaneOptions['inject'] {
    return this.#options.inject
  }

  get requestDeadlineMs(): number {
    return this.#options.settings.requestDeadlineMs
  }

  get turnTimeoutMs(): number {
    return this.#options.settings.turnTimeoutMs
  }

  messageId(sequence: number): string {
    return `${this.#options.settings.runtimeId}-${sequence.toString(36)}`
  }

  stopSign(cell: number): StopSign | undefined {
    return this.#options.counters.stopSign(cell)
  }

  observe(observation: Observation): void {
    this.#observations.push(observation)
    if (this.#options.commits === 'counted') return this.#wake()
    this.#postObservations() // at once: the turn that is watched may not let go of its thread for long
  }

  ask(from: TurnFrame, request: Made, to: AgentId, options: SendOptions): Promise<unknown> {
    const answer = this.#asking.ask(from, request, to, options)
    this.#wake()
    return answer
  }

  async acquire(from: TurnFrame, limit: string, options: SendOptions): Promise<() => void> {
    const granted = this.#asking.acquire(from, limit, options)
    this.#wake()
    const release = await granted
    return () => {
      release()
      this.#wake()
    }
  }

  abandonRequests(run: TurnRun): void {
    if (run.openRequests === undefined) return
    const agent = agentIdText(run.root.id)
    this.#asking.abandon(run, new HeddleError('HEDDLE_TURN_ENDED', { agent, call: 'send' }))
  }

  #wake(): void {
    if (this.#scheduled || this.#pumping) return
    this.#scheduled = true
    this.#options.clock.soon(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  /** Runs ready keys in rotation, until none is left or the slice is over. */
  #pump(): void {
    if (this.#dead) return
    const { clock, commits, sliceMs = SLICE_MS } = this.#options
    const isTimed = commits !== 'counted'
    this.#pumping = true
    const began = clock.now()
    let now = began
    while (now - began < sliceMs && this.#mayBegin()) {
      const next = this.#mailboxes.next()
      if (next === undefined) break
      this.#begin(next)
      if (this.#dead) return
      now = clock.now()
      const isDue = isTimed && now - this.#flushedAt >= COMMIT_MS
      if (this.#commit.size >= COMMIT_TURNS || isDue) this.#flush(now)
    }
    const goesOn = this.#mailboxes.ready > 0 && this.#hasPlace
    this.#pumping = false // what a post brings in from here on needs a new call
    if (isTimed || !goesOn) this.#flush(now, !goesOn)
    if (goesOn) this.#wake()
  }

  #mayBegin(): boolean {
    const { counters } = this.#options
    // A cancellation that is on its way may be for the very turn that would begin now.
    return this.#hasPlace && counters.cancels === this.#cancels
  }

  /** Turns that wait for replies don't count: those replies may need the place. */
  get #hasPlace(): boolean {
    return this.#running.size - this.#asking.turns < this.#options.settings.turnsPerLane
  }

  get #isIdle(): boolean {
    return this.#mailboxes.ready === 0 && this.#running.size === 0 && this.#commit.size === 0
  }

  #begin({ mailbox, delivery }: Next): void {
    const { counters, probe, enter, clock } = this.#options
    probe?.('before-begin', delivery.slot)
    if (this.#dead) return
    if (!counters.claim(delivery.claim)) {
      mailbox.held = 'by-recall' // until the record that follows has been read
      probe?.('claim-lost', delivery.slot)
      return
    }
    if (delivery.failures > 0) this.#flush(clock.now()) // what it emits now belongs to this attempt
    const cell = this.#freeCells.pop() ?? -1
    const agent = this.agents.get(delivery.agent)
    if (agent === undefined) throw new Error(`lane has no agent ${delivery.agent}`) // the router knows them
    const run = new TurnRun(this, delivery, mailbox, agent, cell)
    counters.begin(cell, delivery.slot)
    probe?.('begun', delivery.slot)
    if (this.#dead) return
    if (this.#timed) run.begunAt = clock.wallNow()
    const outlasts = enter === undefined ? run.start() : enter(() => run.start())
    if (outlasts === undefined) return this.#end(run)
    this.#running.set(delivery.slot, run)
    this.#mailboxes.suspend(mailbox)
    outlasts.then(() => this.#endSuspended(run))
  }

  #endSuspended(run: TurnRun): void {
    const { slot } = run.delivery
    if (this.#dead || this.#running.get(slot) !== run) return // given up before
    this.#running.delete(slot)
    this.#mailboxes.resume(run.mailbox)
    this.#end(run)
    this.#wake()
  }

  #end(run: TurnRun): void {
    const { mailbox, delivery, cell, retryInMs } = run
    if (this.#dead) return
    if (this.#timed) run.endedAt = this.#options.clock.wallNow()
    this.#commit.add(run, this.#timed)
    this.#options.counters.end(cell)
    if (cell >= 0) this.#freeCells.push(cell)
    if (retryInMs === undefined) this.#mailboxes.release(mailbox)
    else {
      const { attempt, failures } = delivery
      const again = { ...delivery, attempt: attempt + 1, failures: failures + 1 }
      this.#mailboxes.pause(mailbox, again, retryInMs)
    }
    this.#options.probe?.('ended', delivery.slot)
  }

  /** Posts what waits: what watchers see, then what ended turns did, then what running turns ask. */
  #flush(now: number, dry = false): void {
    this.#flushedAt = now
    const { post, probe, counters } = this.#options
    const commit = this.#commit.take(() => this.#busySince())
    const { waiting } = this.#mailboxes
    const moreRoom = counters.waiting !== waiting
    counters.waiting = waiting
    let silent = true
    const send = (record: FromLane) => {
      silent = false
      this.#owesWord = false
      post(record)
    }
    if (this.#observations.length > 0) {
      silent = false
      this.#postObservations()
    }
    if (commit !== undefined) {
      send(commit)
      probe?.('posted', commit.slots[0] as number)
      if (this.#dead) return
    }
    for (const record of this.#asking.takeRecords()) send(record)
    if (silent && (this.#owesWord || (dry && moreRoom))) send({ kind: 'dry' })
  }

  #postObservations(): void {
    this.#options.post({ kind: 'observations', items: this.#observations.splice(0) })
  }

  #busySince(): number {
    const busy = this.#options.busyMs()
    const since = busy - this.#busyMs
    this.#busyMs = busy
    return since
  }

  #cancel(record: CancelRecord): void {
    const { slots, reasons } = record
    for (const run of this.#runsOf(record)) {
      run.stop.cancel(reasons[slots.indexOf(run.delivery.slot)] as string)
      this.#asking.abandon(run, run.stop.error as HeddleError)
    }
    this.#takeOut(record, 'cancelled')
  }

  /** Ends the named deliveries whose turns have not begun. */
  #takeOut({ slots, sequences }: TurnNames, kind: 'cancelled' | 'expired'): void {
    const sequenceOf = new Map(slots.map((slot, at) => [slot, sequences[at]]))
    const isMeant = ({ slot, sequence }: LaneDelivery) => sequenceOf.get(slot) === sequence
    for (const { slot } of this.#mailboxes.remove(isMeant)) {
      this.#commit.addUnbegun(slot, kind, this.#timed)
    }
  }

  /** Those of the named turns that are under way. */
  #runsOf({ slots, sequences, attempts }: TurnNames): TurnRun[] {
    const isMeant = ({ delivery }: TurnRun, at: number) => {
      if (delivery.sequence !== sequences[at]) return false
      return attempts === undefined || delivery.attempt === attempts[at]
    }
    const runs: TurnRun[] = []
    for (const [at, slot] of slots.entries()) {
      const run = this.#running.get(slot)
      if (run !== undefined && isMeant(run, at)) runs.push(run)
    }
    return runs
  }
}
