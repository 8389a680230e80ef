/**
 * A lane: runs the turns of the keys that are pinned to it, on any thread.
 *
 * Owns: the running turns, the results not yet posted, the requests not yet answered, the slices of
 * its thread's time.
 * Does not own: which deliveries exist, and what is committed. A lane may be lost at any moment;
 * the router then starts again from the ledger (D6).
 * Invariants: D2, keys interleave at `await`; D5, a turn's result leaves in one commit record,
 * before its next attempt begins, and after Node has reported which of its promises were rejected.
 * Node reports that before it calls the next immediate, so turns run in one immediate and results
 * are posted in the next.
 * Gotchas: `receive` may be called from within `post` (a lane in the router's own thread), so it
 * only takes in.
 */
import type { SendOptions } from '../agents/turn.ts'
import { type FaultDoor, inTurn, neutralClock, type TurnMark } from '../agents/turn-context.ts'
import type { Clock } from '../clock.ts'
import { defect } from '../defect.ts'
import { errorToRecord, type HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import type { Envelope } from '../messages/message.ts'
import type { PartAsk } from '../tools/main-part.ts'
import type { StopSign } from '../wire/counters.ts'
import { readDeliveries } from '../wire/deliver-record.ts'
import { KeyReader } from '../wire/key-table.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import { NameReader, NameWriter } from '../wire/names.ts'
import type { RecordedResult } from '../wire/recorded.ts'
import type { CancelRecord, FromLane, Observation, ToLane } from '../wire/wire.ts'
import { CommitBuffer } from './commit-buffer.ts'
import { isForgiven } from './forgiven.ts'
import type { LaneAgents } from './lane-agents.ts'
import { COMMIT_MS, type LaneOptions, SLICE_MS } from './lane-options.ts'
import { LaneTurns } from './lane-turns.ts'
import { Mailboxes, type Next } from './mailboxes.ts'
import { assertLimit, endedError, OpenRequests } from './open-requests.ts'
import { threadIsEnding } from './turn-faults.ts'
import type { TurnFrame } from './turn-frame.ts'
import type { TurnHost, TurnRun } from './turn-run.ts'

export class Lane implements TurnHost, FaultDoor<TurnRun> {
  readonly agents: LaneAgents
  readonly clock: Clock
  readonly isBesideRouter: boolean
  readonly runtimeId: string
  readonly requestDeadlineMs: number
  readonly turnTimeoutMs: number
  readonly onceBytes: number
  readonly #options: LaneOptions
  readonly #names = new NameReader()
  readonly #keys = new KeyReader()
  readonly #commit = new CommitBuffer(new NameWriter())
  readonly #mailboxes: Mailboxes
  readonly #turns: LaneTurns
  readonly #asking = new OpenRequests()
  #observations: Observation[] = []
  #timed = false
  #scheduled = false
  #dead = false
  #busyMs = 0
  /** Agents whose last turn held the thread for longer than commits may wait. */
  readonly #slow = new Set<string>()
  #cancels = 0
  /** Whether the router waits for confirmation that a recall was read. */
  #owesWord = false

  constructor(options: LaneOptions) {
    this.#options = options
    this.agents = options.agents
    this.isBesideRouter = options.stands === 'beside-router'
    this.runtimeId = options.settings.runtimeId
    this.requestDeadlineMs = options.settings.requestDeadlineMs
    this.turnTimeoutMs = options.settings.turnTimeoutMs
    this.onceBytes = options.settings.onceBytes
    this.clock = neutralClock(options.clock)
    this.#mailboxes = new Mailboxes(this.clock, () => this.#wake())
    this.#turns = new LaneTurns(this.#mailboxes, options.counters)
  }

  /** Takes in one record from the router; runs nothing yet. */
  receive(record: ToLane): void {
    if (this.#dead) return
    switch (record.kind) {
      case 'deliver':
        // earlier time is not the work of a turn
        if (this.#isIdle) this.#busyMs = this.#options.busyMs()
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
        this.#turns.takeOut(record, 'expired')
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
        for (const run of this.#turns.of(record)) run.stop.timeOut()
        break
      case 'give-up':
        for (const run of this.#turns.of(record)) {
          run.giveUp()
          this.#endSuspended(run)
        }
        break
      case 'cells':
        this.#options.counters.learn(record.chunk, record.cells)
        break
      case 'observe':
        this.#timed = record.times
        break
    }
    this.#wake()
  }

  /** For simulations: suspended turns that wait for nothing that heddle knows of. */
  turnsOutside(): TurnRun[] {
    return this.#turns.underWay().filter((run) => !run.waitsKnowingly)
  }

  /** For simulations: fails a suspended turn. */
  refuse(run: TurnRun, error: HeddleError): void {
    run.fail(error)
    this.#endSuspended(run)
  }

  /**
   * Handles an uncaught error of a turn. A turn that is not committed fails; for a committed one,
   * the error is reported. Never called while a turn is running: Node reports such errors between
   * the steps of its event loop.
   */
  uncaught({ run, ...about }: TurnMark<TurnRun>, error: unknown): boolean {
    if (this.#dead) return false
    if (isForgiven(error)) {
      // For a failed turn, its error is reported already. For one that succeeded, nothing else
      // would report an error that it did not wait for.
      if (run === undefined || run.outcome === 'handled') this.#tellLate(about, error)
      return true
    }
    if (run?.outcome === 'running') {
      run.fail(error)
      this.#endSuspended(run)
    } else if (run?.outcome === 'handled' && this.#turns.hasEnded(run)) this.#revoke(run, error)
    else if (run === undefined || run.error !== error) this.#tellLate(about, error)
    return true
  }

  /** Ends the lane at its present point, as the death of its thread would. For tests. */
  kill(): void {
    this.#dead = true
  }

  get isDead(): boolean {
    return this.#dead
  }

  get inject(): LaneOptions['inject'] {
    return this.#options.inject
  }

  messageId(sequence: number): string {
    return `${this.#options.settings.runtimeId}-${sequence.toString(36)}`
  }

  stopSign(slot: number): StopSign | undefined {
    return this.#options.counters.stopSign(slot)
  }

  observe(observation: Observation): void {
    this.#observations.push(observation)
    if (!this.#isTimed) return this.#wake()
    // at once: the watched turn may hold its thread for a long time
    this.#postObservations()
  }

  /** At once, and not with the next commit: what was done outside may outlast this lane. */
  record({ slot, sequence }: LaneDelivery, result: RecordedResult): void {
    this.#options.post({ kind: 'recorded', slot, sequence, result })
  }

  ask(from: TurnFrame, request: Envelope, to: AgentId, options: SendOptions): Promise<unknown> {
    this.#wake()
    return this.#asking.ask(from, request, to, options)
  }

  acquire(from: TurnFrame, limit: string, options: SendOptions): Promise<() => void> {
    assertLimit(limit, this.#options.settings.limits)
    const granted = this.#asking.acquire(from, limit, options, () => this.#wake())
    this.#wake()
    return granted
  }

  call(from: TurnFrame, asked: PartAsk): Promise<unknown> {
    this.#wake()
    return this.#asking.call(from, asked)
  }

  abandonRequests(run: TurnRun): void {
    if (run.openRequests === undefined) return
    const agent = agentIdText(run.root.id)
    this.#asking.abandon(run, (wanted) => endedError(agent, wanted))
  }

  #wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.clock.soon(() => this.#pump())
    this.clock.soon(() => this.#settle())
  }

  /**
   * Runs ready keys in rotation, until none is left or the slice is over. Their results do not
   * leave yet.
   */
  #pump(): void {
    if (this.#dead) return
    const { sliceMs = this.#isTimed ? COMMIT_MS : SLICE_MS } = this.#options
    const began = this.clock.now()
    let now = began
    while (!this.#turns.isFull && this.#mayBegin()) {
      // ended turns leave first
      if (this.#slow.size > 0 && this.#turns.ended > 0 && this.#isSlowNext) return
      const next = this.#mailboxes.next()
      if (next === undefined) break
      const before = now
      this.#begin(next)
      if (this.#dead) return
      now = this.clock.now()
      if (this.#isTimed) this.#note(next.delivery.agent, now - before)
      if (now - began >= sliceMs) return
    }
  }

  get #isSlowNext(): boolean {
    const agent = this.#mailboxes.nextAgent
    return agent !== undefined && this.#slow.has(agent)
  }

  #note(agent: string, tookMs: number): void {
    if (tookMs >= COMMIT_MS) this.#slow.add(agent)
    else if (this.#slow.size > 0) this.#slow.delete(agent)
  }

  /** Posts the results of ended turns: by now all their errors are known. */
  #settle(): void {
    this.#scheduled = false
    if (this.#dead) return
    if (threadIsEnding()) return this.#wake()
    if (this.#isTimed || this.#turns.isFull || !this.#goesOn) this.#flush()
    if (!this.#dead && this.#goesOn) this.#wake()
  }

  get #isTimed(): boolean {
    return this.#options.commits !== 'counted'
  }

  get #goesOn(): boolean {
    return this.#mailboxes.ready > 0
  }

  #mayBegin(): boolean {
    // A cancellation that is on its way may be for the turn that would begin now.
    return this.#options.counters.cancels === this.#cancels
  }

  get #isIdle(): boolean {
    return this.#mailboxes.ready === 0 && this.#turns.running === 0 && this.#turns.ended === 0
  }

  #begin(next: Next): void {
    const { counters, probe } = this.#options
    const { agent: type, slot } = next.delivery
    probe?.('before-begin', slot)
    if (this.#dead) return
    if (!counters.claim(slot, next.delivery.claim)) {
      next.mailbox.held = 'by-recall' // until the recall record that follows has been read
      probe?.('claim-lost', slot)
      return
    }
    const agent = this.agents.get(type)
    if (agent === undefined) throw defect(`the lane has no agent '${type}'`)
    const run = this.#turns.open(this, next, agent)
    const mark = run.mark as TurnMark<TurnRun>
    probe?.('begun', slot)
    if (this.#dead) return
    if (this.#timed) run.begunAt = this.clock.wallNow()
    counters.enter(slot)
    const outlasts = inTurn(mark, () => run.start())
    counters.exit()
    if (outlasts === undefined) {
      mark.isActive = false
      return this.#end(run)
    }
    this.#turns.suspend(run)
    outlasts.then(() => {
      mark.isActive = false
      this.#endSuspended(run)
    })
  }

  #endSuspended(run: TurnRun): void {
    if (this.#dead || !this.#turns.resume(run)) return // the turn was given up before
    this.#end(run)
    this.#wake()
  }

  #end(run: TurnRun): void {
    if (this.#dead) return
    if (this.#timed) run.endedAt = this.clock.wallNow()
    this.#turns.end(run)
    this.#options.probe?.('ended', run.delivery.slot)
  }

  /** A turn that has succeeded fails after all, and the turns that saw its changes run again. */
  #revoke(run: TurnRun, error: unknown): void {
    const slots = this.#turns.revoke(run, error).map(({ delivery }) => delivery.slot)
    if (slots.length > 0) {
      this.#postObservations()
      this.#options.post({ kind: 'undone', slots })
    }
    this.#wake()
  }

  #tellLate(
    { agent, key, message, sequence }: Omit<TurnMark<TurnRun>, 'run' | 'blame' | 'clock'>,
    error: unknown,
  ): void {
    const about = { agent: `${agent}/${key}`, message, messageId: this.messageId(sequence) }
    this.observe({ kind: 'late-error', ...about, error: errorToRecord(error) })
  }

  /**
   * Posts what waits: observations, then the results of ended turns, then the requests of running
   * turns.
   */
  #flush(): void {
    const { post, probe, counters } = this.#options
    const dry = !this.#goesOn
    const rows = this.#turns.take()
    for (const row of rows) this.#commit.add(row, this.#timed)
    const commit = this.#commit.take(() => this.#busySince())
    const { waiting } = this.#mailboxes
    const moreRoom = counters.waiting !== waiting
    counters.waiting = waiting
    let silent = !this.#postObservations()
    const send = (record: FromLane) => {
      silent = false
      this.#owesWord = false
      post(record)
    }
    if (commit !== undefined) {
      send(commit)
      this.#turns.left(rows)
      probe?.('posted', commit.slots[0] as number)
      if (this.#dead) return
    }
    for (const record of this.#asking.takeRecords()) send(record)
    if (silent && (this.#owesWord || (dry && moreRoom))) send({ kind: 'dry' })
  }

  /** Returns whether there were any observations. */
  #postObservations(): boolean {
    if (this.#observations.length === 0) return false
    this.#options.post({ kind: 'observations', items: this.#observations.splice(0) })
    return true
  }

  #busySince(): number {
    const busy = this.#options.busyMs()
    const since = busy - this.#busyMs
    this.#busyMs = busy
    return since
  }

  #cancel(record: CancelRecord): void {
    const { slots, reasons } = record
    const reasonOf = ({ slot }: LaneDelivery) => reasons[slots.indexOf(slot)] as string
    for (const run of this.#turns.of(record)) {
      run.stop.cancel(reasonOf(run.delivery))
      this.#asking.abandon(run, () => run.stop.error as HeddleError)
    }
    this.#turns.cancelEnded(record, reasonOf)
    this.#turns.takeOut(record, 'cancelled')
  }
}
