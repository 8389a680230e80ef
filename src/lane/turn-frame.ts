/** A frame: one agent's part of a turn, the object that its handler gets. */
import type { LogLevel, PublishOptions, SendOptions, Turn } from '../agents/turn.ts'
import { currentTurn, type TurnMark } from '../agents/turn-context.ts'
import { checkSend, PUBLISH_OPTIONS } from '../agents/turn-options.ts'
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { type AgentId, agentId, agentIdText, checkAgentId } from '../ids/agent-id.ts'
import { type TopicId, topicId } from '../ids/topic-id.ts'
import { jsonText } from '../json-text.ts'
import { handOut } from '../messages/frozen.ts'
import {
  asEnvelope,
  type DeepReadonly,
  type Envelope,
  type Message,
  type Request,
} from '../messages/message.ts'
import { sealPayload } from '../messages/payload.ts'
import { resolveTopic, type TopicFor } from '../messages/topic.ts'
import { detachedCall } from '../methods.ts'
import { checkMs, checkOptions, invalidOption } from '../option-check.ts'
import type { LiveState } from '../state/live-state.ts'
import type { PartAsk } from '../tools/main-part.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { Observation } from '../wire/wire.ts'
import { forgive } from './forgiven.ts'
import type { LaneAgent, LaneAgents } from './lane-agents.ts'
import { logFields } from './log-fields.ts'
import type { Mailbox } from './mailbox.ts'
import { NestedDeadline } from './nested-deadline.ts'
import { doOnce, type OnceHost } from './once.ts'
import type { TurnStop } from './turn-stop.ts'

const LEVELS: readonly unknown[] = ['debug', 'info', 'warn', 'error'] satisfies LogLevel[]

/** A message that the turn's commit will publish. */
export interface Outgoing {
  readonly sender: string
  readonly message: Envelope
  /** Undefined: the message's name, with the turn's key. */
  readonly topic: TopicId | undefined
  readonly toSelf: boolean
  /** 0: no limit. */
  readonly ttlMs: number
}

/** What a frame needs from the lane. */
export interface FrameHost extends OnceHost {
  readonly agents: LaneAgents
  readonly clock: Clock
  readonly runtimeId: string
  /** For requests without a deadline of their own. */
  readonly requestDeadlineMs: number
  messageId(sequence: number): string
  /** Sends a request to another key; rejects when it fails, or when it is abandoned. */
  ask(from: TurnFrame, request: Envelope, to: AgentId, options: SendOptions): Promise<unknown>
  /**
   * Waits for room in a named limit; resolves to a function that returns the permit. Throws
   * HEDDLE_UNKNOWN_LIMIT.
   */
  acquire(from: TurnFrame, limit: string, options: SendOptions): Promise<() => void>
  /** Calls a part of the main thread; rejects when it fails, or when it is abandoned. */
  call(from: TurnFrame, asked: PartAsk): Promise<unknown>
  observe(observation: Observation): void
}

/** `undone`: its changes were taken back, and it will run again as if it had never run. */
export type TurnOutcome = 'running' | 'handled' | 'failed' | 'unhandled' | 'cancelled' | 'undone'

/** The turn that a frame is part of. */
export interface FrameTurn {
  readonly host: FrameHost
  readonly delivery: LaneDelivery
  readonly mailbox: Mailbox
  readonly outcome: TurnOutcome
  readonly stop: TurnStop
  readonly mark: TurnMark | undefined
  /**
   * The lane's numbers of the requests that the turn waits for; undefined when it never sent one.
   */
  openRequests: Set<number> | undefined
  /** How many requests the turn has sent to other keys. */
  asked: number
  /** The names that this attempt has used for `once`. */
  onceNames: Set<string> | undefined
  throwIfStopped(): void
  /** A request to another agent of this key: part of this turn, with its own rollback (D9). */
  nest(
    parent: TurnFrame,
    request: Envelope,
    agent: LaneAgent,
    limit: NestedDeadline,
  ): Promise<unknown>
}

export class TurnFrame implements Turn {
  readonly run: FrameTurn
  readonly agent: LaneAgent
  readonly parent: TurnFrame | undefined
  /** The number of the nested request in its turn; 0: the turn's own frame. */
  readonly position: number
  /** Undefined when the frame has published nothing. */
  outbox: Outgoing[] | undefined
  /**
   * Settles when the nested requests of this frame have, which run one after another; undefined
   * when it made none.
   */
  children: Promise<unknown> | undefined
  liveState: LiveState | undefined
  isUnhandled = false
  /** Aborts when its caller no longer waits; only in a nested request. */
  readonly #limit: AbortSignal | undefined
  #closed = false
  #config: unknown
  /** The nested request that runs now; they run one after another. */
  #inner: TurnFrame | undefined

  constructor(
    run: FrameTurn,
    agent: LaneAgent,
    parent?: TurnFrame,
    position = 0,
    limit?: AbortSignal,
  ) {
    this.run = run
    this.agent = agent
    this.parent = parent
    this.position = position
    if (parent !== undefined) parent.#inner = this
    this.#limit = limit
  }

  get id(): AgentId {
    return agentId(this.agent.type, this.key)
  }

  get key(): string {
    return this.run.delivery.key
  }

  /** The config; parts that can't be frozen are this turn's own copy. */
  get config(): unknown {
    this.#config ??= handOut(this.agent.config)
    return this.#config
  }

  get resources(): unknown {
    return this.agent.resources
  }

  get state(): unknown {
    this.#assertOpen('state')
    if (this.liveState === undefined) {
      this.liveState = this.run.mailbox.stateOf(this.agent)
      this.liveState.open(this.id)
    }
    return this.liveState.view
  }

  get sender(): AgentId | undefined {
    if (this.parent !== undefined) return this.parent.id
    const { senderAgent, senderKey } = this.run.delivery
    return senderAgent === '' ? undefined : agentId(senderAgent, senderKey)
  }

  get topic(): TopicId | undefined {
    const { topicType, topicSource } = this.run.delivery
    return this.parent !== undefined || topicType === ''
      ? undefined
      : topicId(topicType, topicSource)
  }

  /**
   * The id of a nested request is made from its caller (which agent, of what message) and its
   * number among the nested requests of the turn.
   */
  get messageId(): string {
    const { host, delivery } = this.run
    if (this.parent === undefined) return host.messageId(delivery.sequence)
    return `${this.parent.messageId}.${this.parent.agent.type}.${this.position}`
  }

  /** Says which part of the turn it is: the same at every attempt. Empty: the turn's own frame. */
  get path(): string {
    const { parent, agent, position } = this
    return parent === undefined ? '' : `${parent.path}.${agent.type}.${position}`
  }

  get attempt(): number {
    return this.run.delivery.attempt
  }

  get signal(): AbortSignal {
    if (this.#limit === undefined) return this.run.stop.signal
    return AbortSignal.any([this.run.stop.signal, this.#limit])
  }

  /** As `signal`, but does not count as the handler watching it. */
  get ending(): AbortSignal {
    if (this.#limit === undefined) return this.run.stop.ending
    return AbortSignal.any([this.run.stop.ending, this.#limit])
  }

  throwIfCancelled(): void {
    if (!TurnFrame.#isFrame(this)) throw detachedCall('turn.throwIfCancelled')
    this.run.throwIfStopped()
    this.#limit?.throwIfAborted()
  }

  idempotencyKey(name: string): string {
    if (!TurnFrame.#isFrame(this)) throw detachedCall('turn.idempotencyKey')
    if (typeof name !== 'string') throw invalidOption('name', name, 'a string')
    return `${this.messageId}:${agentIdText(this.id)}:${name}`
  }

  publish<M extends Message>(message: M, topic?: TopicFor<M>, options: PublishOptions = {}): void {
    if (!TurnFrame.#isFrame(this)) throw detachedCall('turn.publish')
    this.#assertOpen('publish')
    const made = asEnvelope(message, 'message')
    const { ttlMs, toSelf } = checkOptions(options, PUBLISH_OPTIONS)
    this.run.host.agents.schemas.assertFits(made)
    if (ttlMs !== undefined) checkMs('ttlMs', ttlMs)
    this.outbox ??= []
    this.outbox.push({
      sender: this.agent.type,
      message: made,
      topic: topic === undefined ? undefined : resolveTopic(topic, made.name),
      toSelf: toSelf === true,
      ttlMs: ttlMs ?? 0,
    })
  }

  send<R>(
    request: Request<string, unknown, R>,
    to: AgentId | string,
    options: SendOptions = {},
  ): Promise<DeepReadonly<R>> {
    if (!TurnFrame.#isFrame(this)) return Promise.reject(detachedCall('turn.send'))
    return this.#begun(this.#send(request, to, options)) as Promise<DeepReadonly<R>>
  }

  async #send(request: unknown, to: AgentId | string, given: SendOptions): Promise<unknown> {
    this.assertGoesOn('send')
    const made = asEnvelope(request, 'request')
    const options = checkSend(given)
    this.run.host.agents.schemas.assertFits(made)
    const recipient = checkAgentId(to)
    const chain = this.chain()
    const name = agentIdText(recipient)
    if (chain.includes(name)) {
      throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle: [...chain, name] })
    }
    const { host, mailbox } = this.run
    const sibling = host.agents.get(recipient.type)
    const isOwn = host.agents.domainOf(recipient.type, recipient.key) === mailbox.domain
    if (sibling === undefined || !isOwn) {
      const reply = host.ask(this, made, recipient, this.#within(options))
      reply.catch((error) => this.#forgiveIfOver(error))
      return reply
    }
    const { deadlineMs = host.requestDeadlineMs } = options
    const limit = new NestedDeadline(host.clock, name, made.name, { ...options, deadlineMs })
    const before = this.children ?? Promise.resolve()
    const answer = before.then(() => this.run.nest(this, made, sibling, limit))
    // Set now, and not later: the frame ends when this has ended.
    this.children = answer.catch((error) => this.#forgiveIfOver(error))
    const raced = limit.race(answer).finally(() => limit.release())
    raced.catch((error) => error === limit.signal.reason && this.#forgiveIfOver(error))
    return raced
  }

  withLimit<T>(limit: string, work: () => T | Promise<T>, options: SendOptions = {}): Promise<T> {
    if (!TurnFrame.#isFrame(this)) return Promise.reject(detachedCall('turn.withLimit'))
    return this.#begun(this.#withLimit(limit, work, options))
  }

  async #withLimit<T>(limit: string, work: () => T | Promise<T>, given: SendOptions): Promise<T> {
    this.assertGoesOn('withLimit')
    if (typeof work !== 'function') throw invalidOption('work', work, 'a function')
    const options = checkSend(given)
    const granted = this.run.host.acquire(this, limit, this.#within(options))
    granted.catch((error) => this.#forgiveIfOver(error))
    const release = await granted
    try {
      return await work()
    } finally {
      release()
    }
  }

  once<T>(name: string, fn: () => T | PromiseLike<T>): Promise<DeepReadonly<T>> {
    if (!TurnFrame.#isFrame(this)) return Promise.reject(detachedCall('turn.once'))
    return this.#begun(this.#once(name, fn)) as Promise<DeepReadonly<T>>
  }

  async #once(name: string, run: () => unknown): Promise<unknown> {
    this.assertGoesOn('once')
    return doOnce(this, { name, run, mayBeLost: false })
  }

  emit(event: unknown): void {
    if (!TurnFrame.#isFrame(this)) throw detachedCall('turn.emit')
    this.#assertOpen('emit')
    const { value } = sealPayload(event, 'emit')
    const { slot } = this.run.delivery
    this.run.host.observe({ kind: 'emitted', slot, event: value })
  }

  log(level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void {
    if (!TurnFrame.#isFrame(this)) throw detachedCall('turn.log')
    this.#assertOpen('log')
    if (!LEVELS.includes(level)) {
      throw invalidOption('level', level, "'debug', 'info', 'warn' or 'error'")
    }
    const { slot } = this.run.delivery
    const said = typeof text === 'string' ? text : jsonText(text)
    this.run.host.observe({ kind: 'logged', slot, level, text: said, fields: logFields(fields) })
  }

  /** The chain of waiting agents, outermost first, this agent last. */
  chain(): string[] {
    const above = this.parent === undefined ? [...this.run.delivery.chain] : this.parent.chain()
    above.push(agentIdText(this.id))
    return above
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Closes the frame and the frames within it: from now on nothing that they do has any effect. */
  close(): void {
    this.#closed = true
    this.liveState?.close()
    this.#inner?.close()
  }

  /**
   * As `close`, for a turn that is given up while it runs: its changes to state are dropped too.
   */
  abandon(): void {
    this.#inner?.abandon()
    if (!this.#closed) this.liveState?.discard()
    this.close()
  }

  /**
   * Runs work that may outlast its call. Without the mark of its turn, an error that nobody awaits
   * would end the thread.
   */
  #begun<T>(work: Promise<T>): Promise<T> {
    const { mark } = this.run
    if (mark === undefined || mark !== currentTurn()) work.catch(() => {})
    return work
  }

  /** Throws HEDDLE_TURN_ENDED, HEDDLE_CANCELLED, HEDDLE_TURN_TIMEOUT. */
  assertGoesOn(call: string): void {
    try {
      this.#assertOpen(call)
      this.throwIfCancelled()
    } catch (error) {
      this.#forgiveIfOver(error)
      throw error
    }
  }

  /**
   * Forgives the error of a request once nothing waits for the frame any more: the error then only
   * reports the frame's end.
   */
  #forgiveIfOver(error: unknown): void {
    const isOver = this.#closed || this.run.outcome !== 'running' || this.#limit?.aborted === true
    if (isOver) forgive(error)
  }

  /** The options of a request within a nested request: it ends together with that. */
  #within(options: SendOptions): SendOptions {
    if (this.#limit === undefined) return options
    const signals = options.signal === undefined ? [] : [options.signal]
    return { ...options, signal: AbortSignal.any([...signals, this.#limit]) }
  }

  /**
   * Whether `this` is a frame: a method that was detached from its turn has another `this`, or
   * none.
   */
  static #isFrame(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #closed in value
  }

  #assertOpen(call: string): void {
    if (!this.#closed) return
    throw new HeddleError('HEDDLE_TURN_ENDED', { agent: agentIdText(this.id), call })
  }
}
