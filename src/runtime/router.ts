/**
 * The main thread's part: what comes from outside is accepted here, what lanes report is taken in here.
 *
 * Owns: the parts below and their order of events: every entry from outside and every record of a lane is handled in
 * one go, then lanes are filled, posts leave, and whoever waited is told.
 * Does not own: the lanes' lives (fleet), the public face (runtime).
 */
import type { Clock } from '../clock.ts'
import { errorToRecord, HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { Made } from '../messages/message.ts'
import { AgentDirectory } from './agent-directory.ts'
import { type Bounds, Gate, type Reached } from './bounds.ts'
import { DeadLetters } from './dead-letters.ts'
import { Deliveries, type TaskLimits } from './deliveries.ts'
import { Inspection, type LogRecord } from './inspection.ts'
import { Intake } from './intake.ts'
import { type Intervention, Interventions } from './interventions.ts'
import { LaneChannel } from './lane-channel.ts'
import { type Delivery, Ledger, type Origin } from './ledger.ts'
import { Placement } from './placement.ts'
import { Recovery } from './recovery.ts'
import { outsideCaller } from './requests.ts'
import { Subscriptions } from './subscriptions.ts'
import { type Task, Tasks, type TaskWatcher } from './tasks.ts'
import type { FromLane } from './wire.ts'

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
  readonly maxDeadLetters: number
  readonly maxLiveKeys: number
  readonly log: (record: LogRecord) => void
}

export class Router {
  readonly agents = new AgentDirectory()
  readonly subscriptions = new Subscriptions()
  readonly ledger = new Ledger()
  readonly tasks = new Tasks()
  readonly lanes: readonly LaneChannel[]
  readonly main: LaneChannel
  readonly placement: Placement
  readonly deadLetters: DeadLetters
  readonly inspection: Inspection
  readonly #options: RouterOptions
  readonly #gate: Gate
  readonly #interventions: Interventions
  readonly #deliveries: Deliveries
  readonly #intake: Intake
  readonly #recovery: Recovery
  #idleWaiters: (() => void)[] = []
  #flushing = false
  #closed = false

  constructor(options: RouterOptions) {
    const { clock, runtimeId, taskLimits, requestDeadlineMs, log } = options
    this.#options = options
    this.lanes = Array.from({ length: options.lanes }, (_, index) => new LaneChannel(index))
    this.main = options.mainLane ? new LaneChannel(-1) : (this.lanes[0] as LaneChannel)
    this.deadLetters = new DeadLetters(options.maxDeadLetters)
    this.inspection = new Inspection((listened) => {
      for (const lane of this.channels) lane.observe(listened)
    })
    const { agents, subscriptions, ledger, deadLetters, inspection } = this
    this.placement = new Placement(this.lanes, this.main, options.maxLiveKeys, (lane, key) => {
      if (inspection.isOn) inspection.tell({ kind: 'passivated', key, lane })
    })
    const { placement } = this
    this.#gate = new Gate(options.bounds, ledger, (domain) => placement.find(domain))
    this.#interventions = new Interventions(options.interventions)
    const parts = {
      runtimeId,
      clock,
      ledger,
      placement,
      agents,
      subscriptions,
      deadLetters,
      inspection,
      taskLimits,
    }
    this.#deliveries = new Deliveries(parts)
    this.#intake = new Intake({
      clock,
      ledger,
      deliveries: this.#deliveries,
      agents,
      interventions: this.#interventions,
      inspection,
      requestDeadlineMs,
      log,
      cancel: (delivery, reason) => this.#cancel(delivery, reason),
    })
    this.#recovery = new Recovery(ledger, placement, this.#deliveries)
  }

  /** All lanes, and the main thread's own if it is not one of them. */
  get channels(): readonly LaneChannel[] {
    return this.lanes.includes(this.main) ? this.lanes : [...this.lanes, this.main]
  }

  /** Accepts a publish from outside; waits for room if it must. Rejects when it is not accepted. */
  async publish(made: Made, topic: TopicId, watcher?: TaskWatcher): Promise<Task> {
    const intervened = this.#interventions.isEmpty
      ? ({ kind: 'pass', made } as const)
      : this.#interventions.onPublish(made, { topic, sender: undefined })
    if (intervened.kind === 'failed') throw intervened.error
    const task = this.tasks.create(watcher)
    const content = intervened.kind === 'pass' ? intervened.made : made
    const origin = outsideOrigin(content, topic, task)
    if (intervened.kind === 'dropped') {
      this.#deliveries.acceptEnded(origin, undefined, {
        kind: 'dropped',
        reason: intervened.reason,
      })
      return task
    }
    const recipients = this.#deliveries.recipients(origin, false)
    const domains = recipients.map((recipient) => this.#deliveries.domainOf(recipient))
    await this.#enter(domains, made.bytes, {
      accept: () => this.#deliveries.accept(origin, recipients),
      shed: ({ bound, limit }) => {
        const reason = { kind: 'shed', bound, limit } as const
        this.#deliveries.acceptEnded(origin, undefined, { kind: 'dead-lettered', reason })
      },
    })
    return task
  }

  /** Sends a request from outside; resolves to its reply. */
  async send(
    made: Made,
    to: AgentId,
    deadlineMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { clock, requestDeadlineMs } = this.#options
    this.agents.assertAnswers(to.type, made.name)
    const what = `the request '${made.name}' to '${agentIdText(to)}'`
    if (signal?.aborted)
      throw new HeddleError('HEDDLE_CANCELLED', { what, reason: String(signal.reason) })
    const intervened = this.#interventions.onSend(made, { recipient: to, sender: undefined })
    if (intervened.kind === 'failed') throw intervened.error
    const origin = outsideOrigin(
      intervened.kind === 'pass' ? intervened.made : made,
      undefined,
      this.tasks.create(),
    )
    const recipient = { agent: to.type, key: to.key }
    let delivery: Delivery | undefined
    const cancel = (reason: string) => {
      if (delivery !== undefined && delivery.state !== 'settled') this.#cancel(delivery, reason)
    }
    const { caller, answer } = outsideCaller(clock, {
      agent: agentIdText(to),
      request: made.name,
      deadlineMs: deadlineMs ?? requestDeadlineMs,
      expired: () => cancel('its deadline has passed'),
    })
    const aborted = () => {
      const reason = String(signal?.reason)
      caller.fail(errorToRecord(new HeddleError('HEDDLE_CANCELLED', { what, reason })))
      cancel(reason)
    }
    signal?.addEventListener('abort', aborted, { once: true })
    try {
      if (intervened.kind === 'dropped') {
        const end = { kind: 'dropped', reason: intervened.reason } as const
        this.#deliveries.acceptEnded(origin, recipient, end, caller)
      } else {
        const entered = this.#enter([this.#deliveries.domainOf(recipient)], made.bytes, {
          accept: () => {
            if (caller.isWaiting)
              delivery = this.#deliveries.acceptRequest(origin, recipient, caller)
          },
          shed: ({ bound, limit }) => {
            const reason = { kind: 'shed', bound, limit } as const
            this.#deliveries.acceptEnded(
              origin,
              recipient,
              { kind: 'dead-lettered', reason },
              caller,
            )
          },
        })
        entered.catch((error: unknown) => caller.fail(errorToRecord(error)))
      }
      return await answer
    } finally {
      signal?.removeEventListener('abort', aborted)
    }
  }

  /** Takes in one record of a lane. */
  takeIn(lane: LaneChannel, record: FromLane): void {
    if (this.#closed) return
    this.#intake.take(lane, record)
    this.#settleDown()
  }

  /** Reads what a dead lane leaves behind. */
  laneDied(lane: LaneChannel, cause: unknown, running: readonly number[]): void {
    if (this.#closed) return
    const { index, generation } = lane
    const { unsettled, suspects } = this.#recovery.laneDied(lane, running)
    if (this.inspection.isOn) {
      this.inspection.tell({
        kind: 'lane-died',
        lane: index,
        generation,
        cause: errorToRecord(cause),
        unsettled: unsettled.length,
        suspects: suspects.map(({ agent, key }) => `${agent}/${key}`),
      })
    }
    this.#settleDown()
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
    if (this.inspection.isOn)
      this.inspection.tell({ kind: 'lane-gone', lane: lane.index, cause: record })
    if (this.lanes.every(({ status }) => status === 'gone'))
      this.#recovery.noLaneLeft(record.message)
    this.#settleDown()
  }

  /** Ends a task: what waits is cancelled, what runs is told to stop, what it would still publish is not accepted to run. */
  cancelTask(task: Task, reason: string): void {
    if (task.cancelled !== undefined || task.inFlight === 0) return
    task.cancelled = reason
    for (const delivery of this.ledger.live())
      if (delivery.task === task) this.#cancel(delivery, reason)
    this.#settleDown()
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  get isIdle(): boolean {
    return this.ledger.inFlight === 0 && this.#gate.waiting === 0
  }

  /** Turns away who still waits for room. */
  closeGate(): void {
    this.#gate.close(new HeddleError('HEDDLE_STOPPED', { call: 'publish' }))
    this.#settleDown()
  }

  /** Ends what is left, and listens to no lane any more. Returns how many deliveries were left. */
  close(): number {
    const left = this.ledger.live()
    this.#closed = true
    for (const delivery of left) {
      delivery.task.stopped = true
      this.#deliveries.settle(delivery, { kind: 'dead-lettered', reason: { kind: 'stopped' } })
    }
    this.#settleDown()
    return left.length
  }

  async #enter(
    domains: readonly string[],
    bytes: number,
    act: { accept: () => void; shed: (reached: Reached) => void },
  ): Promise<void> {
    if (this.lanes.every(({ status }) => status === 'gone')) {
      throw new HeddleError('HEDDLE_NO_LANES', {
        problem: 'none could be replaced after its death',
      })
    }
    const { policy } = this.#gate.bounds
    const reached = this.#gate.reached(domains, bytes)
    if (reached !== undefined && policy === 'shed') act.shed(reached)
    else if (reached !== undefined && policy === 'reject') {
      const { bound, limit } = reached
      throw new HeddleError('HEDDLE_BOUND_REACHED', { bound, limit })
    } else if (reached === undefined && this.#gate.waiting === 0) act.accept()
    else {
      await new Promise<void>((resolve, refuse) => {
        const accept = () => {
          act.accept()
          resolve()
        }
        this.#gate.wait({ domains, bytes, accept, refuse })
      })
    }
    this.#flushSoon()
  }

  #cancel(delivery: Delivery, reason: string): void {
    if (delivery.state === 'waiting')
      this.#deliveries.settle(delivery, { kind: 'cancelled', reason })
    else if (delivery.state === 'posted' && delivery.home !== undefined) {
      const lane = this.channels.find(({ index }) => index === delivery.home?.lane)
      lane?.cancel(delivery.slot) // its lane answers with a commit that says so
    }
    this.#flushSoon()
  }

  /** After any event: who waited is let in, lanes are filled, posts leave, and an idle runtime lets the process go. */
  #settleDown(): void {
    this.#gate.admit()
    this.placement.fill()
    this.placement.flush()
    const { isIdle } = this
    for (const lane of this.channels) lane.hold(!isIdle)
    if (!isIdle || this.#idleWaiters.length === 0) return
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const resolve of waiters) resolve()
  }

  /** What is published in one turn of the loop leaves in one post for each lane. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#options.clock.soon(() => {
      this.#flushing = false
      this.#settleDown()
    })
  }
}

function outsideOrigin(made: Made, topic: TopicId | undefined, task: Task): Origin {
  return {
    message: made.name,
    payload: made.payload,
    bytes: made.bytes,
    copied: made.copied,
    senderAgent: '',
    senderKey: '',
    topicType: topic?.type ?? '',
    topicSource: topic?.source ?? '',
    task,
    depth: 0,
  }
}
