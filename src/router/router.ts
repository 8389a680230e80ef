/**
 * The main thread's part, put together: entrance, ledger, placement, intake, recovery.
 *
 * Owns: the order of events. Each call from outside and each record of a lane is handled in one go.
 * Then waiting messages are let in, lanes are filled, posts leave, and waits for idleness resolve.
 * Does not own: the lanes' lives (fleet), the public interface (runtime).
 */
import type { Clock } from '../clock.ts'
import { errorToRecord, HeddleError } from '../errors.ts'
import { type JudgingClock, judgingClock } from '../judging-clock.ts'
import type { Intervention } from '../messages/intervention.ts'
import type { DisposeProblem } from '../wire/lane-handle.ts'
import type { FromLane } from '../wire/wire.ts'
import { Deliveries, type TaskLimits } from './deliveries/deliveries.ts'
import { Intake } from './deliveries/intake.ts'
import { LaneRequests } from './deliveries/lane-requests.ts'
import { Recovery } from './deliveries/recovery.ts'
import { Entrance, type EntranceParts } from './entrance/entrance.ts'
import type { IdWindow } from './entrance/recent-ids.ts'
import { RepeatedCalls } from './entrance/repeated-calls.ts'
import type { Blame, Toll } from './fleet/blame.ts'
import { LaneChannel } from './fleet/lane-channel.ts'
import { Placement } from './fleet/placement.ts'
import { Recall } from './fleet/recall.ts'
import type { Bounds } from './gate/bounds.ts'
import { Gate } from './gate/gate.ts'
import { Deadlines } from './ledger/deadlines.ts'
import type { Delivery } from './ledger/delivery.ts'
import { Expiries } from './ledger/expiries.ts'
import { Ledger } from './ledger/ledger.ts'
import { type Task, Tasks } from './ledger/task.ts'
import { type DeadLetterLimits, DeadLetters } from './reports/dead-letters.ts'
import type { CodeChange, LogRecord, StalledKey } from './reports/inspect-record.ts'
import { Inspection } from './reports/inspection.ts'
import { Reporter, type ReportSink } from './reports/reporter.ts'
import { Limits } from './requests/limits.ts'
import { MainCalls } from './requests/main-calls.ts'
import type { RequestDesk } from './requests/request-desk.ts'
import { AgentDirectory } from './routing/agent-directory.ts'
import { Audience } from './routing/audience.ts'
import { Interventions } from './routing/interventions.ts'
import { whyNobody } from './routing/no-recipient.ts'
import { Subscriptions } from './routing/subscriptions.ts'
import { type LoadParts, loadDeliveries, saveDeliveries } from './snapshots/saved-deliveries.ts'
import { applyState, checkSnapshot, type Snapshot, stateOf } from './snapshots/snapshot.ts'
import { LaneWatch } from './watches/lane-watch.ts'
import { StallWatch } from './watches/stall-watch.ts'
import { TurnWatch } from './watches/turn-watch.ts'
import { Watch } from './watches/watch.ts'

export interface RouterOptions {
  readonly runtimeId: string
  readonly clock: Clock
  readonly lanes: number
  /** Whether closure agents have a lane of their own, on the router's thread. */
  readonly mainLane: boolean
  readonly bounds: Bounds
  readonly taskLimits: TaskLimits
  readonly interventions: readonly Intervention[]
  readonly requestDeadlineMs: number
  readonly deadLetters: DeadLetterLimits
  readonly maxLiveKeys: number
  readonly idWindow: IdWindow
  readonly limits: Readonly<Record<string, number>>
  readonly turnTimeoutMs: number
  readonly turnGraceMs: number
  readonly stallMs: number
  readonly heapWatermark: number
  /** Throws when the runtime takes nothing more in. */
  readonly assertOpen: (call: string) => void
  /** Takes a lane down and replaces it. */
  readonly renew: (lane: LaneChannel, cause: HeddleError) => void
  readonly log: (record: LogRecord) => void
  readonly report: ReportSink | undefined
}

export class Router {
  readonly agents = new AgentDirectory()
  readonly subscriptions = new Subscriptions()
  readonly ledger = new Ledger()
  readonly lanes: readonly LaneChannel[]
  readonly main: LaneChannel
  readonly placement: Placement
  readonly deadLetters: DeadLetters
  readonly inspection: Inspection
  readonly entrance: Entrance
  readonly repeated: RepeatedCalls
  /** For everything that ends by time: it judges only after what has arrived is taken in. */
  readonly judge: JudgingClock
  readonly #options: RouterOptions
  readonly #reporter: Reporter | undefined
  readonly #gate: Gate
  readonly #deliveries: Deliveries
  readonly #expiries: Expiries
  readonly #loading: LoadParts
  readonly #intake: Intake
  readonly #calls: MainCalls
  readonly #recovery: Recovery
  readonly #recall: Recall
  readonly #watch: Watch
  readonly #turnWatch: TurnWatch
  readonly #laneWatch: LaneWatch
  readonly #stallWatch: StallWatch
  #idleWaiters: (() => void)[] = []
  #flushing = false
  #closed = false

  constructor(options: RouterOptions) {
    const { clock, runtimeId, taskLimits, log } = options
    const { agents, ledger, subscriptions } = this
    this.#options = options
    this.judge = judgingClock(clock)
    this.lanes = Array.from({ length: options.lanes }, (_, index) => {
      return new LaneChannel(index, options.lanes > 1)
    })
    this.main = options.mainLane ? new LaneChannel(-1, false) : (this.lanes[0] as LaneChannel)
    this.#reporter =
      options.report &&
      new Reporter(options.report, (letter) => whyNobody(letter, subscriptions, agents))
    this.inspection = new Inspection((listened) => {
      for (const lane of this.channels) lane.observe(listened)
    }, this.#reporter)
    const { inspection } = this
    this.deadLetters = this.#keepDeadLetters()
    this.#watch = new Watch(this.judge, () => this.#look())
    const kept = { ...options, watch: this.#watch }
    this.placement = new Placement(this.lanes, this.main, kept, (lane, key) => {
      if (inspection.isOn) inspection.tell({ kind: 'passivated', key, lane })
    })
    const { deadLetters, placement } = this
    const gate = new Gate(options.bounds, ledger, (domain) => placement.find(domain))
    const asking = this.#openDesk()
    const limits = new Limits(options.limits, asking)
    const expiries = new Expiries(asking.deadlines, (delivery) => this.#expire(delivery))
    const books = { runtimeId, clock, ledger, placement, deadLetters, taskLimits }
    const deliveries = new Deliveries({ ...books, limits, expiries, inspection, gate })
    const audience = new Audience(agents, subscriptions)
    const interventions = new Interventions(options.interventions)
    const tasks = new Tasks()
    const calls = new MainCalls(asking)
    this.#calls = calls
    const routing = { agents, audience, interventions }
    const parts = { ...asking, ...routing, ledger, placement, deliveries, limits, calls, tasks }
    this.#gate = gate
    this.#expiries = expiries
    this.#deliveries = deliveries
    this.#loading = parts
    this.#intake = new Intake({ ...parts, requests: new LaneRequests(parts), inspection, log })
    this.entrance = this.#open({ ...parts, gate })
    this.repeated = new RepeatedCalls(this.entrance, asking, options)
    this.#recall = new Recall(this.lanes, clock, placement, () => this.#settleDown())
    this.#turnWatch = new TurnWatch(ledger, agents, options)
    const turnLimitOf = (agent: string) => this.#turnWatch.limitOf(agent)
    this.#laneWatch = new LaneWatch(options)
    this.#stallWatch = this.#watchStalls(deliveries)
    this.#recovery = new Recovery({ ledger, placement, deliveries, turnLimitOf })
  }

  #keepDeadLetters(): DeadLetters {
    const { deadLetters, assertOpen } = this.#options
    return new DeadLetters(deadLetters, (delivery) => {
      assertOpen('deadLetters.replay')
      return this.entrance.acceptAgain(delivery)
    })
  }

  /** For all callers that wait for a reply. */
  #openDesk(): RequestDesk {
    const { requestDeadlineMs } = this.#options
    return {
      clock: this.judge,
      deadlines: new Deadlines(this.judge),
      requestDeadlineMs,
      cancel: (delivery, reason) => this.#cancel(delivery, reason),
      answered: () => this.#flushSoon(),
    }
  }

  #open(parts: Omit<EntranceParts, 'hasLanes' | 'accepted'>): Entrance {
    return new Entrance({
      ...parts,
      hasLanes: () => this.#hasLanes,
      accepted: () => this.#flushSoon(),
    })
  }

  #watchStalls(deliveries: Deliveries): StallWatch {
    const { ledger, inspection, channels: lanes } = this
    const { clock, stallMs } = this.#options
    const parts = { clock, ledger, inspection, lanes, stallMs, watch: this.#watch }
    return new StallWatch({ ...parts, messageId: (sequence) => deliveries.messageId(sequence) })
  }

  get #hasLanes(): boolean {
    return this.lanes.some(({ status }) => status !== 'gone')
  }

  /** All lanes, and the main thread's own if it is not one of them. */
  get channels(): readonly LaneChannel[] {
    return this.lanes.includes(this.main) ? this.lanes : [...this.lanes, this.main]
  }

  /** Takes in one record from a lane. */
  takeIn(lane: LaneChannel, record: FromLane): void {
    if (this.#closed) return
    this.placement.heard(lane, record.kind)
    this.#intake.take(lane, record)
    this.#laneWatch.heed(lane)
    this.#settleDown()
  }

  /** Reads what a dead lane leaves behind. */
  laneDied(lane: LaneChannel, cause: unknown, blame: Blame): Toll {
    if (this.#closed) return 'unexplained'
    const { index, generation } = lane
    const { unsettled, suspects, culprit, toll } = this.#recovery.laneDied(lane, cause, blame)
    const nameOf = ({ agent, key }: Delivery) => `${agent}/${key}`
    this.inspection.report({
      kind: 'lane-died',
      lane: index,
      generation,
      cause: errorToRecord(cause),
      unsettled: unsettled.length,
      suspects: suspects.map(nameOf),
      culprit: culprit === undefined ? undefined : nameOf(culprit),
    })
    this.#settleDown()
    return toll
  }

  laneUp(lane: LaneChannel): void {
    const { index, generation } = lane
    if (this.inspection.isOn) {
      lane.observe(true)
      this.inspection.tell({ kind: 'lane-started', lane: index, generation })
    }
    this.#settleDown()
  }

  laneGone(lane: LaneChannel, cause: unknown): void {
    const record = errorToRecord(cause)
    this.placement.unpinAll(lane)
    const isDown = this.lanes.every(({ status }) => status === 'gone')
    const health = isDown ? 'down' : 'degraded'
    this.inspection.report({ kind: 'lane-gone', lane: lane.index, cause: record, health })
    if (isDown) this.#recovery.noLaneLeft(record.message)
    this.#settleDown()
  }

  readonly notDisposed = (problem: DisposeProblem): void => {
    this.inspection.report({ kind: 'dispose-failed', ...problem })
  }

  readonly codeChanged = (change: CodeChange): void => {
    this.inspection.report({ kind: 'code-changed', ...change })
  }

  /**
   * Cancels what waits of a task, or only what is `of` these agents, and stops its running turns.
   */
  cancelTask(task: Task, reason: string, of?: (agent: string, key: string) => boolean): void {
    if (task.cancelled !== undefined || task.inFlight === 0) return
    if (of === undefined) task.cancelled = reason
    for (const delivery of this.ledger.ofTask(task))
      if (of?.(delivery.agent, delivery.key) !== false) this.#cancel(delivery, reason)
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  get isIdle(): boolean {
    return this.ledger.inFlight === 0 && this.#gate.waiting === 0
  }

  /** What is committed, and what is in flight. Throws HEDDLE_PAYLOAD_NOT_CLONEABLE. */
  save(): Snapshot {
    const deliveries = saveDeliveries(this.ledger.live(), this.#expiries)
    return { version: 2, agents: stateOf(this.placement), deliveries }
  }

  /** Throws HEDDLE_NOT_IDLE, HEDDLE_INVALID_SNAPSHOT, HEDDLE_NO_LANES; then nothing has changed. */
  load(snapshot: unknown): void {
    const { inFlight } = this.ledger
    if (!this.isIdle) throw new HeddleError('HEDDLE_NOT_IDLE', { call: 'loadState', inFlight })
    const { agents, deliveries } = checkSnapshot(snapshot, this.agents)
    if (deliveries.length > 0) this.entrance.assertLanes()
    applyState(agents, this.placement)
    loadDeliveries(deliveries, this.#loading)
    this.#flushSoon()
  }

  /** Refuses the messages that still wait for room. */
  closeGate(): void {
    this.#gate.close(new HeddleError('HEDDLE_STOPPED', { call: 'publish' }))
    this.#settleDown()
  }

  /** Reports the trouble that was only counted so far. */
  flushReports(): void {
    this.#reporter?.flush()
  }

  /** Ends the remaining deliveries and ignores all lanes from now on. Returns their number. */
  close(): number {
    const left = this.ledger.live()
    for (const delivery of left)
      if (delivery.state === 'posted') this.#cancel(delivery, 'the runtime stops')
    this.#calls.end('the runtime stops')
    this.placement.flush()
    this.#closed = true
    this.#recall.stop()
    for (const delivery of left) {
      delivery.task.stopped = true
      this.#deliveries.settle(delivery, { kind: 'dead-lettered', reason: { kind: 'stopped' } })
    }
    this.#settleDown()
    return left.length
  }

  #cancel(delivery: Delivery, reason: string): void {
    if (delivery.state === 'waiting')
      this.#deliveries.settle(delivery, { kind: 'cancelled', reason })
    else if (delivery.state === 'posted') {
      delivery.cancelled = reason
      this.#laneOf(delivery)?.cancel(delivery) // its lane answers with a commit that reports it
    }
    this.#flushSoon()
  }

  #laneOf({ home }: Delivery): LaneChannel | undefined {
    return this.channels.find(({ index }) => index === home?.lane)
  }

  #expire(delivery: Delivery): void {
    const { ttlMs } = delivery
    if (delivery.state === 'waiting') {
      this.#deliveries.settle(delivery, {
        kind: 'dead-lettered',
        reason: { kind: 'expired', ttlMs },
      })
      // the lane answers with a commit, unless the turn has begun
    } else this.#laneOf(delivery)?.expire(delivery)
    this.#flushSoon()
  }

  /**
   * After any event: waiting messages are let in, lanes are filled, posts leave, and an idle
   * runtime lets the process end.
   */
  #settleDown(): void {
    this.#gate.admit()
    this.placement.fill()
    this.placement.flush()
    const { isIdle } = this
    for (const lane of this.channels) lane.hold(!isIdle)
    if (isIdle) {
      this.#watch.stop()
      this.#recall.rest()
    } else {
      this.#watch.start()
      this.#recall.look()
    }
    if (!isIdle || this.#idleWaiters.length === 0) return
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const resolve of waiters) resolve()
  }

  /** The keys that make no progress now. */
  readonly stalled = (): readonly StalledKey[] => this.#stallWatch.list()

  #look(): void {
    this.#stallWatch.look()
    for (const lane of this.channels) {
      const lost = this.#turnWatch.look(lane)
      this.#laneWatch.heed(lane)
      this.#laneWatch.look(lane, lost)
    }
  }

  /** Messages published in one turn of the event loop leave in one post for each lane. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#options.clock.soon(() => {
      this.#flushing = false
      this.#settleDown()
    })
  }
}
