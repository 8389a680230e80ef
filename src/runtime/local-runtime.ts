/**
 * The public face of every runtime. Runtimes differ only in where their lanes are: the
 * {@link LaneProvider}.
 *
 * Owns: the life of the runtime: started, accepting, stopping, stopped.
 */
import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
import type { AgentMetadata } from '../agents/agent-metadata.ts'
import type { Registrable } from '../agents/agent-module.ts'
import type { Subscription } from '../agents/subscription.ts'
import type { SendOptions, Turn } from '../agents/turn.ts'
import { assertOutsideTurn } from '../agents/turn-context.ts'
import { describe, HeddleError } from '../errors.ts'
import { type AgentId, checkAgentId } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import { reasonText } from '../json-text.ts'
import { runtimeIdOf, slotOf } from '../lane/within-turn.ts'
import { asEnvelope, type DeepReadonly, type Message, type Request } from '../messages/message.ts'
import { resolveTopic, type TopicFor } from '../messages/topic.ts'
import { bindMethods } from '../methods.ts'
import { checkMs, checkOptions, readSafely } from '../option-check.ts'
import { checkBooks } from '../router/books.ts'
import { checkOutside, type OutsideOptions } from '../router/entrance/outside-options.ts'
import { Fleet } from '../router/fleet/fleet.ts'
import { Roster } from '../router/fleet/roster.ts'
import type { Task } from '../router/ledger/task.ts'
import type { InspectListener } from '../router/reports/inspection.ts'
import { awaitTask } from '../router/requests/task-wait.ts'
import { Router } from '../router/router.ts'
import type { Snapshot, SnapshotV1 } from '../router/snapshots/snapshot.ts'
import { CommittedState } from '../state/committed-state.ts'
import { choosePool } from '../tools/pool-choice.ts'
import type { Bounded } from '../until.ts'
import type { LaneProvider } from '../wire/lane-handle.ts'
import type { AgentRuntime, DeadLetterBox } from './agent-runtime.ts'
import { boxOf } from './dead-letter-box.ts'
import { openInProcessLane } from './in-process-lane.ts'
import { begin, end, type Living, type StopReport } from './life.ts'
import { type ResolvedOptions, type RuntimeOptions, resolveOptions } from './options.ts'
import { type RuntimeStats, statsOf } from './stats.ts'
import { TASK, type TaskHandle, watchTask } from './task-handle.ts'

const STOP_DEADLINE_MS = 10_000
const STOP_OPTIONS = ['deadlineMs']
/** The name of the method of a runtime that reads committed state. */
export const COMMITTED: unique symbol = Symbol('heddle.committed')
/** The name of the method of a runtime that runs what follows from other messages. */
export const RUN_UNHELD: unique symbol = Symbol('heddle.run-unheld')
/** The name of the method of a runtime that notes that a turn waits for a task. */
export const AWAITS: unique symbol = Symbol('heddle.awaits')
/** The runtimes of this thread that have not stopped, by id. */
const running = new Map<string, WeakRef<Runtime>>()
/** The result of nearly every publish: it was accepted at once. */
const ACCEPTED = Promise.resolve()

/**
 * A runtime, from its start to its stop. All runtimes behave the same; they differ in where turns
 * run.
 */
export class Runtime implements AgentRuntime {
  /**
   * For simulations: throws where the router's books are wrong.
   *
   * @internal
   */
  static checkBooks(runtime: Runtime): void {
    checkBooks(runtime.#router)
  }

  readonly #router: Router
  readonly #fleet: Fleet
  readonly #options: ResolvedOptions
  readonly #roster: Roster
  readonly #living: Living
  readonly #id: string
  readonly #deadLetters: DeadLetterBox
  #stopped: Bounded<StopReport> | undefined

  /** Use `SingleThreadedRuntime.start` or `ThreadedRuntime.start`. */
  static async start(options: RuntimeOptions, provider: LaneProvider): Promise<Runtime> {
    assertOutsideTurn('start')
    const runtime = new Runtime(resolveOptions(options), provider)
    choosePool(options.toolPool, provider.toolEnv)
    await begin(runtime.#living, runtime.#options.agents, () => runtime.#stop(0))
    return runtime
  }

  private constructor(options: ResolvedOptions, provider: LaneProvider) {
    bindMethods(this)
    const runtimeId = randomUUID().slice(0, 8)
    this.#options = options
    const { lanes, mainLane } = provider
    this.#router = new Router({
      ...options,
      runtimeId,
      lanes,
      mainLane,
      assertOpen: (call) => this.#assertOpen(call),
      renew: (lane, cause) => this.#fleet.renew(lane, cause),
    })
    const router = this.#router
    this.#deadLetters = boxOf(router.deadLetters)
    const { agents, subscriptions, main, lanes: channels, codeChanged, notDisposed } = router
    const { check } = provider
    const limits = Object.keys(options.limits)
    const parts = { agents, subscriptions, lanes: channels, main, limits, check, codeChanged }
    this.#roster = new Roster(parts)
    const { clock, requestDeadlineMs, turnTimeoutMs, setupDeadlineMs } = options
    const settings = {
      runtimeId,
      requestDeadlineMs,
      turnTimeoutMs,
      setupDeadlineMs,
      onceBytes: options.onceBytes,
      limits,
    }
    this.#fleet = new Fleet({
      lanes: channels,
      open: provider.open(settings, clock),
      prepare: (lane, handle) => this.#roster.prepare(lane, handle),
      clock,
      budget: options.restarts,
      events: {
        record: (lane, record) => router.takeIn(lane, record),
        up: (lane) => router.laneUp(lane),
        died: (lane, cause, blame) => router.laneDied(lane, cause, blame),
        gone: (lane, cause) => router.laneGone(lane, cause),
        notDisposed,
      },
    })
    this.#living = { router, fleet: this.#fleet, roster: this.#roster }
    this.#id = runtimeId
    running.set(runtimeId, new WeakRef(this))
    if (!mainLane) return
    const events = {
      record: (record: never) => router.takeIn(router.main, record),
      closed: () => {},
      notDisposed,
    }
    router.main.open(openInProcessLane({ settings, index: -1, clock, events }))
  }

  publish<M extends Message>(
    message: M,
    topic: TopicFor<M>,
    options: OutsideOptions = {},
  ): Promise<void> {
    try {
      this.#assertOpen('publish')
      const made = asEnvelope(message, 'message')
      const own = checkOutside('publish', options)
      const { id } = own
      const { entrance, repeated } = this.#router
      const to = resolveTopic(topic, made.name)
      if (id !== undefined) return repeated.publish(made, to, id, own).then(() => {})
      const accepted = entrance.publish(made, to, own)
      return types.isPromise(accepted) ? accepted.then(() => {}) : ACCEPTED
    } catch (error) {
      return Promise.reject(error)
    }
  }

  send<R>(
    request: Request<string, unknown, R>,
    to: AgentId | string,
    options: SendOptions & Pick<OutsideOptions, 'id'> = {},
  ): Promise<DeepReadonly<R>> {
    try {
      this.#assertOpen('send')
      const made = asEnvelope(request, 'request')
      const own = checkOutside('send', options)
      const recipient = checkAgentId(to)
      const { entrance, repeated } = this.#router
      const { id } = own
      if (id === undefined) return entrance.send(made, recipient, own) as Promise<DeepReadonly<R>>
      return repeated.send(made, recipient, id, own) as Promise<DeepReadonly<R>>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async run<M extends Message>(
    message: M,
    topic: TopicFor<M>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<TaskHandle> {
    return this.#run(message, topic, { ...checkOutside('run', options), isHeld: true })
  }

  /**
   * As `run`, for a message that follows from others, as a turn's does: it is never held back when
   * the runtime is full (D8).
   *
   * @internal
   */
  [RUN_UNHELD](
    message: Message,
    topic: TopicId,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<TaskHandle> {
    return this.#run(message, topic as never, { ...options, isHeld: false })
  }

  async #run<M extends Message>(
    message: M,
    topic: TopicFor<M>,
    own: OutsideOptions & { readonly isHeld: boolean },
  ): Promise<TaskHandle> {
    this.#assertOpen('run')
    const made = asEnvelope(message, 'message')
    const resolved = resolveTopic(topic, made.name)
    const { signal } = own
    const { watcher, handleOf } = watchTask((...of) => this.#router.cancelTask(...of))
    const handle = handleOf(await this.#router.entrance.publish(made, resolved, own, watcher))
    const abort = () => handle.cancel(reasonText(signal?.reason))
    signal?.addEventListener('abort', abort, { once: true })
    void handle.ended.then(() => signal?.removeEventListener('abort', abort))
    if (signal?.aborted) abort()
    return handle
  }

  async register(agent: Registrable): Promise<void> {
    this.#assertOpen('register')
    try {
      await this.#roster.registerAll([agent])
    } catch (cause) {
      if (this.#stopped === undefined) throw cause
      throw new HeddleError('HEDDLE_STOPPED', { call: 'register' }, { cause })
    }
  }

  async subscribe(subscription: Subscription): Promise<string> {
    this.#assertOpen('subscribe')
    const { agents, subscriptions } = this.#router
    const rule = readSafely(
      () => ({ ...subscription }),
      () => {
        const problem = "it can't be read"
        const fields = { subscription: describe(subscription), problem }
        return new HeddleError('HEDDLE_INVALID_SUBSCRIPTION', fields)
      },
    )
    agents.assertKnown(rule.agent)
    return subscriptions.add(rule)
  }

  async unsubscribe(id: string): Promise<void> {
    assertOutsideTurn('unsubscribe')
    this.#router.subscriptions.remove(id)
  }

  agents(): AgentMetadata[] {
    return this.#router.agents.list()
  }

  stats(): RuntimeStats {
    return statsOf(this.#router, this.#roster.changedCode, this.#stopped !== undefined)
  }

  inspect(listener: InspectListener): () => void {
    return this.#router.inspection.listen(listener)
  }

  get deadLetters(): DeadLetterBox {
    return this.#deadLetters
  }

  async saveState(): Promise<Snapshot> {
    assertOutsideTurn('saveState')
    await undefined // a listener may call it while a commit is only half processed
    return this.#router.save()
  }

  async loadState(snapshot: Snapshot | SnapshotV1): Promise<void> {
    this.#assertOpen('loadState')
    this.#router.load(snapshot)
  }

  async idle(): Promise<void> {
    assertOutsideTurn('idle')
    await this.#router.idle()
  }

  /**
   * Reopens the lanes that were given up (`stats().health` is `degraded` or `down`), each with a
   * full restart budget. Resolves at once if there are none. Rejects with HEDDLE_STOPPED,
   * HEDDLE_INSIDE_TURN, HEDDLE_LANE_START_FAILED, HEDDLE_AGENT_LOAD_FAILED and HEDDLE_SETUP_FAILED;
   * the lanes that could not be opened stay given up.
   */
  async restartLanes(): Promise<void> {
    this.#assertOpen('restartLanes')
    await this.#fleet.restart()
  }

  stop(options: { readonly deadlineMs?: number } = {}): Promise<StopReport> {
    try {
      assertOutsideTurn('stop')
      const { deadlineMs = STOP_DEADLINE_MS } = checkOptions(options, STOP_OPTIONS)
      checkMs('deadlineMs', deadlineMs, 0)
      return this.#stop(deadlineMs)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * What an agent has committed, without a turn of it: for the layers above.
   *
   * @internal
   */
  [COMMITTED]({ type, key }: AgentId): CommittedState {
    const { agents, placement } = this.#router
    const record = placement.find(agents.domainOf(type, key))
    return new CommittedState(record?.stored?.get(type))
  }

  /**
   * Notes that a turn of a closure agent waits for a task; the returned function ends that. Throws
   * HEDDLE_REQUEST_CYCLE.
   *
   * @internal
   */
  [AWAITS](turn: Pick<Turn, 'messageId'>, task: TaskHandle): () => void {
    const { ledger } = this.#router
    return awaitTask({ ledger, clock: this.#options.clock }, slotOf(turn), task[TASK] as Task)
  }

  #stop(deadlineMs: number): Bounded<StopReport> {
    running.delete(this.#id)
    this.#stopped ??= end(this.#living, deadlineMs)
    return this.#stopped
  }

  #assertOpen(call: string): void {
    assertOutsideTurn(call)
    if (this.#stopped !== undefined) throw new HeddleError('HEDDLE_STOPPED', { call })
  }
}

/** The runtime of a turn of a closure agent. Undefined: it has stopped, or is of another thread. */
export function runtimeOf(turn: Pick<Turn, 'messageId'>): Runtime | undefined {
  return running.get(runtimeIdOf(turn))?.deref()
}
