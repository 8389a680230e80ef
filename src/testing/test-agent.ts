/**
 * One agent by itself, for its unit tests: its real handlers, turns and state, without lanes and
 * without a router.
 *
 * Owns: what the turns have committed, what was observed of them, the order in which they run (D1).
 * Does not own: how a turn runs, and what of it fails together (D5): `TurnRun` does, as on a lane.
 * Gotchas: messages go straight to the agent, so subscriptions, interventions, bounds and task
 * limits do not apply. A request to another agent of the same key is not nested in the turn, since
 * that agent does not exist: the test answers for it.
 */
import {
  type AgentRegistration,
  type ConfigurableAgent,
  isDefined,
} from '../agents/agent-definition.ts'
import { type Handler, on } from '../agents/handlers.ts'
import { type Clock, systemClock } from '../clock.ts'
import { describe, HeddleError } from '../errors.ts'
import { type AgentId, agentId, agentIdText } from '../ids/agent-id.ts'
import { topicId } from '../ids/topic-id.ts'
import { reasonText } from '../json-text.ts'
import { type LaneAgent, LaneAgents } from '../lane/lane-agents.ts'
import { Mailbox } from '../lane/mailbox.ts'
import { TurnRun } from '../lane/turn-run.ts'
import {
  asEnvelope,
  type DeepReadonly,
  type Envelope,
  type Message,
  type Request,
  type RequestType,
} from '../messages/message.ts'
import { resolveTopic, type TopicFor } from '../messages/topic.ts'
import { checkOptions, checkRules, invalidOption, namesOf } from '../option-check.ts'
import { CLOCK, ELSEWHERE, FUNCTION, type RulesOf } from '../option-rules.ts'
import { KeyRecord } from '../router/ledger/key-record.ts'
import type { KeyedState } from '../state/keyed-state.ts'
import { LiveState } from '../state/live-state.ts'
import { NO_CLAIM } from '../wire/counters.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import { type LoggedLine, LoneHost, type TestRequest } from './lone-host.ts'

/** Binds a request type to the answer that the test gives in place of other agents. */
export type OnAsked = <P, R>(
  type: RequestType<string, P, R, never>,
  answer: (payload: DeepReadonly<P>, asked: TestRequest) => R | Promise<R>,
) => Handler

/** What `testAgent` takes beside the agent. */
export interface TestAgentOptions<Resources = unknown> {
  /** The agent's key. Default `test`. */
  readonly key?: string
  /**
   * The value of `turn.resources`, in place of what `setup` and `uses` would make. Without it the
   * real resources are set up.
   */
  readonly resources?: Resources
  /**
   * Answers the agent's requests to others: `(on) => [on(Price, ({ item }, { to }) => 4)]`. Replies
   * are checked as usual.
   */
  readonly answers?: (on: OnAsked) => readonly Handler[]
  /** Default: real time. */
  readonly clock?: Clock
}

/** The options of `ask`: the sender, and a signal that ends the request early. */
export interface AskOptions {
  /** The sender. Default: a caller from outside. */
  readonly sender?: AgentId | string
  /** Cancels the turn, as the end of its task would. */
  readonly signal?: AbortSignal
}

/** The options of `deliver`: those of `ask`, and the topic. */
export interface DeliverOptions<M extends Message> extends AskOptions {
  /** The topic that the turn sees. Default: the message's name, with the agent's key as source. */
  readonly topic?: TopicFor<M>
}

const ASK_NAMES = namesOf<AskOptions>({ sender: true, signal: true })
const DELIVER_NAMES = namesOf<DeliverOptions<Message>>({ sender: true, signal: true, topic: true })

/** State as a test sees it: a keyed field is a map. */
type Committed<State> = unknown extends State
  ? Readonly<Record<string, unknown>>
  : {
      readonly [F in keyof State]: State[F] extends KeyedState<infer V>
        ? ReadonlyMap<string, V>
        : State[F]
    }

/** One agent with its state, and what its turns have done so far: what `testAgent` returns. */
export interface TestAgent<State = unknown> {
  readonly id: AgentId
  /** The committed state, as it would be read back: a new copy at each read. */
  readonly state: Committed<State>
  /** What its turns have published, oldest first, without the turns that failed. */
  readonly published: readonly { readonly message: Message; readonly topic: string }[]
  /** What its turns have emitted, including the turns that failed, since watchers see that too. */
  readonly emitted: readonly unknown[]
  /** What its turns have logged, including the turns that failed. */
  readonly logged: readonly LoggedLine[]
  /**
   * Runs one turn on a message; resolves when it is committed. Rejects with the error of the
   * handler, and then nothing of the turn is kept. Also rejects with HEDDLE_UNHANDLED_MESSAGE,
   * HEDDLE_CANCELLED, HEDDLE_STOPPED, HEDDLE_NOT_A_MESSAGE, HEDDLE_INVALID_ID,
   * HEDDLE_INVALID_OPTION, HEDDLE_WRONG_TOPIC.
   */
  deliver<M extends Message>(message: M, options?: DeliverOptions<M>): Promise<void>
  /**
   * Runs one turn on a request; resolves to the reply. Rejects as `deliver` does, and with
   * HEDDLE_UNHANDLED_REQUEST, HEDDLE_INVALID_PAYLOAD.
   */
  ask<R>(request: Request<string, unknown, R>, options?: AskOptions): Promise<DeepReadonly<R>>
  /**
   * Waits for the turns that have begun, and disposes what a real `setup` made. Not needed with
   * fake resources.
   */
  stop(): Promise<void>
}
const SETUP_DEADLINE_MS = 60_000

type Options = TestAgentOptions & { readonly config?: unknown }
const RULES: RulesOf<Options> = {
  key: ELSEWHERE,
  resources: ELSEWHERE,
  answers: FUNCTION,
  clock: CLOCK,
  config: ELSEWHERE,
}

/**
 * Makes one agent ready for its unit tests, in this thread. Its turns are real and all or nothing;
 * the test answers their requests to other agents. Rejects with HEDDLE_INVALID_AGENT,
 * HEDDLE_INVALID_CONFIG, HEDDLE_INVALID_ID, HEDDLE_INVALID_OPTION, HEDDLE_SETUP_FAILED.
 */
export function testAgent<Config, State, Resources>(
  agent: ConfigurableAgent<Config, State, Resources>,
  options: TestAgentOptions<Resources> & { readonly config: Config },
): Promise<TestAgent<State>>
export function testAgent<State, Resources>(
  agent: AgentRegistration<State, Resources>,
  options?: TestAgentOptions<Resources>,
): Promise<TestAgent<State>>
export async function testAgent(
  agent: AgentRegistration | ConfigurableAgent<unknown>,
  options: Options = {},
): Promise<TestAgent> {
  checkRules(options, RULES)
  const { type, definition, config } = registrationOf(agent, options.config)
  const { key = 'test', clock = systemClock, resources } = options
  const id = agentId(type, key)
  const agents = new LaneAgents(0, clock, SETUP_DEADLINE_MS)
  const faked = { ...definition, uses: {}, setup: () => resources, dispose: () => {} }
  await agents.add(type, resources === undefined ? definition : faked, config)
  const answers = options.answers?.(on as OnAsked) ?? []
  if (!Array.isArray(answers))
    throw invalidOption('answers', answers, 'a function that returns a list')
  return new LoneAgent(id, new LoneHost(agents, clock, answers))
}

function registrationOf(
  agent: AgentRegistration | ConfigurableAgent<unknown>,
  config: unknown,
): AgentRegistration {
  if (!isDefined(agent)) {
    const problem = 'use what defineAgent or closureAgent returns'
    throw new HeddleError('HEDDLE_INVALID_AGENT', { agent: describe(agent), problem })
  }
  if (agent.kind === 'configurable') return agent.with(config)
  if (config === undefined) return agent
  const issues = ['it has its config already, or takes none']
  throw new HeddleError('HEDDLE_INVALID_CONFIG', { agent: agent.type, issues })
}

class LoneAgent implements TestAgent {
  readonly id: AgentId
  readonly published: { message: Message; topic: string }[] = []
  readonly #host: LoneHost
  readonly #agent: LaneAgent
  readonly #mailbox: Mailbox
  readonly #committed: KeyRecord
  /** The turn that began last: the next one waits for it (D1). */
  #last: Promise<unknown> = Promise.resolve()
  #sequence = 0
  #stopped = false

  constructor(id: AgentId, host: LoneHost) {
    this.id = id
    this.#host = host
    this.#agent = host.agents.get(id.type) as LaneAgent
    const domain = host.agents.domainOf(id.type, id.key)
    this.#mailbox = new Mailbox(domain)
    this.#committed = new KeyRecord(domain)
  }

  get state(): Readonly<Record<string, unknown>> {
    const { state: shape } = this.#agent.definition
    const live = new LiveState(this.id.type, shape, this.#committed.storedAgents()[0]?.fields)
    const view = live.open(this.id) as Record<string, unknown>
    return Object.fromEntries([
      ...shape.plain.map((field) => [field, view[field]]),
      ...shape.keyed.map((field, at) => [field, new Map(live.entries(at).entries())]),
    ])
  }

  get emitted(): readonly unknown[] {
    return this.#host.emitted
  }

  get logged(): readonly LoggedLine[] {
    return this.#host.logged
  }

  async deliver<M extends Message>(message: M, options: DeliverOptions<M> = {}): Promise<void> {
    const made = asEnvelope(message, 'message')
    const { topic = topicId(made.name, this.id.key) } = checkOptions(options, DELIVER_NAMES)
    const { type, source } = resolveTopic(topic, made.name)
    await this.#take('deliver', made, { topicType: type, topicSource: source }, options)
  }

  async ask<R>(
    request: Request<string, unknown, R>,
    options: AskOptions = {},
  ): Promise<DeepReadonly<R>> {
    const made = asEnvelope(request, 'request')
    return (await this.#take(
      'ask',
      made,
      { topicType: '', topicSource: '' },
      checkOptions(options, ASK_NAMES),
    )) as DeepReadonly<R>
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#last
    await this.#host.agents.dispose()
  }

  #take(
    call: string,
    { kind, name, sealed, form }: Envelope,
    topic: Pick<LaneDelivery, 'topicType' | 'topicSource'>,
    { sender, signal }: AskOptions,
  ): Promise<unknown> {
    if (this.#stopped) throw new HeddleError('HEDDLE_STOPPED', { call })
    const from = typeof sender === 'string' ? agentId(sender) : sender
    const delivery: LaneDelivery = {
      slot: 0,
      agent: this.id.type,
      key: this.id.key,
      message: name,
      payload: sealed,
      sequence: ++this.#sequence,
      senderAgent: from?.type ?? '',
      senderKey: from?.key ?? '',
      ...topic,
      attempt: 1,
      failures: 0,
      delayMs: 0,
      claim: NO_CLAIM,
      copied: form === 'copied',
      chain: kind === 'request' && from !== undefined ? [agentIdText(from)] : [],
      recorded: undefined,
      underWay: undefined,
    }
    const turn = this.#last.then(() => this.#run(delivery, signal))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #run(delivery: LaneDelivery, signal: AbortSignal | undefined): Promise<unknown> {
    const run = new TurnRun(this.#host, delivery, this.#mailbox, this.#agent)
    const cancel = () => {
      const reason = reasonText(signal?.reason)
      run.stop.cancel(reason)
      this.#host.abandonRequests(run, reason)
    }
    if (signal?.aborted) cancel()
    run.throwIfStopped() // stopped before its turn: the handler never runs
    signal?.addEventListener('abort', cancel, { once: true })
    await run.start()
    signal?.removeEventListener('abort', cancel)
    if (run.outcome === 'cancelled') throw run.stop.error
    if (run.outcome !== 'handled') throw run.error
    this.#commit(run)
    return run.reply
  }

  /** Applies all that a turn did, in one step, and only for a turn that was handled (D5). */
  #commit({ changes, root }: TurnRun): void {
    const { type, key } = this.id
    for (const { field, value } of changes) this.#committed.store(type, field, value)
    for (const { message, topic } of root.outbox ?? []) {
      const { type, source } = topic ?? topicId(message.name, key)
      this.published.push({ message: message as Message, topic: `${type}/${source}` })
    }
  }
}
