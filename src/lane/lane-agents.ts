/**
 * The agents of one lane: definitions with their config, and the resources that their setup made
 * here.
 *
 * Owns: the resources of this lane, from setup to disposal. Setup runs once for a lane, before any
 * turn of the agent, however many messages are waiting.
 */
import type { AgentDefinition } from '../agents/agent-definition.ts'
import { type AgentSpec, importDefinition } from '../agents/agent-module.ts'
import type { Handler } from '../agents/handlers.ts'
import { MessageSchemas } from '../agents/message-schemas.ts'
import { askPredicate } from '../agents/predicate.ts'
import { disposeOf, type Resource } from '../agents/resource.ts'
import type { Turn } from '../agents/turn.ts'
import { heardBy } from '../agents/turn-context.ts'
import type { Clock } from '../clock.ts'
import { errorToRecord, HeddleError, problemOf } from '../errors.ts'
import { domainOf } from '../ids/serial-domain.ts'
import { handOut } from '../messages/frozen.ts'
import { type Bounded, bounded, inSteps, nextStep, untilAborted, untilLate } from '../until.ts'
import type { DisposeProblem } from '../wire/lane-handle.ts'
import { watchFaults } from './turn-faults.ts'

export class LaneAgent {
  readonly type: string
  readonly definition: AgentDefinition
  readonly config: unknown
  readonly resources: unknown

  constructor(type: string, definition: AgentDefinition, config: unknown, resources: unknown) {
    this.type = type
    this.definition = definition
    this.config = config
    this.resources = resources
  }

  /**
   * The first handler that takes the message. A predicate that throws, or returns a promise, fails
   * the turn.
   */
  handlerFor(
    kind: Handler['kind'],
    name: string,
    payload: unknown,
    turn: Pick<Turn, 'key' | 'topic'>,
  ): Handler | undefined {
    const handlers = this.definition.handlers.get(name)
    if (handlers === undefined) return undefined
    for (const handler of handlers) {
      if (handler.kind !== kind) continue
      if (handler.match === undefined) return handler
      const context = { key: turn.key, topicType: turn.topic?.type }
      const answer = handler.match(payload as never, context)
      if (answer === true || (answer !== false && this.#isTrue(answer, handler))) return handler
    }
    return undefined
  }

  /** In JavaScript a predicate may return anything. */
  #isTrue(answer: unknown, { name }: Handler): boolean {
    return askPredicate(`match of agent ${this.type} on ${name}`, () => answer, undefined)
  }
}

/**
 * Milliseconds in which everything on a lane must be disposed. What is left after that is still
 * disposed, but not waited for.
 */
const DISPOSE_MS = 1_500

interface Disposal {
  readonly of: 'agent' | 'resource'
  readonly name: string
  readonly run: () => Promise<void>
}

export class LaneAgents {
  readonly lane: number
  readonly schemas = new MessageSchemas()
  readonly #agents = new Map<string, LaneAgent>()
  /** The agent that was looked up last: it is often looked up again. */
  #last: LaneAgent | undefined
  readonly #shared = new Map<Resource<unknown>, Promise<unknown>>()
  readonly #disposals: Disposal[] = []
  readonly #stopping = new AbortController()
  readonly #clock: Clock
  readonly #setupDeadlineMs: number
  readonly #tell: (problem: DisposeProblem) => void

  /** `tell` is called when something fails to be disposed too late for `dispose` to report it. */
  constructor(
    lane: number,
    clock: Clock,
    setupDeadlineMs: number,
    tell: (problem: DisposeProblem) => void = () => {},
  ) {
    this.lane = lane
    this.#clock = clock
    this.#setupDeadlineMs = setupDeadlineMs
    this.#tell = tell
  }

  get(type: string): LaneAgent | undefined {
    if (this.#last?.type !== type) this.#last = this.#agents.get(type)
    return this.#last
  }

  /** The serial domain of an agent id on this lane. */
  domainOf(type: string, key: string): string {
    const isClosure = this.get(type)?.definition.module === undefined
    return domainOf(type, key, isClosure)
  }

  /**
   * Starts the time that an agent may take to be loaded. The returned function gives the
   * milliseconds that are left, and at least 1.
   */
  startLoading(): () => number {
    const end = this.#clock.now() + this.#setupDeadlineMs
    return () => Math.max(1, end - this.#clock.now())
  }

  /**
   * Imports an agent's module. Rejects with HEDDLE_AGENT_LOAD_FAILED, HEDDLE_RUNTIME_IN_LANE,
   * HEDDLE_TWO_COPIES.
   */
  import(spec: AgentSpec, ms: number): Bounded<AgentDefinition> {
    const importing = untilAborted(importDefinition(spec), this.#stopping.signal)
    return untilLate(this.#clock, ms, importing, () => {
      const problem = `it was not imported within ${this.#setupDeadlineMs} ms`
      const { type: agent, module } = spec
      throw new HeddleError('HEDDLE_AGENT_LOAD_FAILED', { agent, module, problem })
    })
  }

  /** Sets an agent up. Rejects with HEDDLE_SETUP_FAILED. */
  add(
    type: string,
    definition: AgentDefinition,
    config: unknown,
    ms = this.#setupDeadlineMs,
  ): Bounded<void> {
    const setup = untilAborted(this.#setUp(type, definition, config), this.#stopping.signal)
    const inTime = untilLate(this.#clock, ms, setup, () => {
      throw new Error(`it was not done within ${this.#setupDeadlineMs} ms`)
    })
    return inSteps(async () => {
      try {
        const resources = await bounded(inTime)
        this.#agents.set(type, new LaneAgent(type, definition, config, resources))
        this.schemas.learn(definition)
      } catch (cause) {
        const fields = { agent: type, problem: problemOf(cause) }
        throw new HeddleError('HEDDLE_SETUP_FAILED', fields, { cause })
      }
    })
  }

  /**
   * Disposes what was set up, last first. Never rejects: disposals that failed, or did not end in
   * time, are in the list.
   */
  dispose(): Bounded<DisposeProblem[]> {
    this.#stopping.abort(new Error('its lane has stopped'))
    const end = this.#clock.now() + DISPOSE_MS
    return inSteps(async () => {
      const problems: DisposeProblem[] = []
      const disposals = this.#disposals.splice(0).reverse()
      if (disposals.length === 0) return problems
      const unwatch = watchFaults()
      let isTold = false
      for (const disposal of disposals) {
        const hear = (error: unknown) => {
          const problem = this.#problem(disposal, error)
          if (isTold) this.#tell(problem)
          else problems.push(problem)
        }
        const left = Math.max(0, end - this.#clock.now())
        const late = () => {
          throw new Error(`it did not end within ${DISPOSE_MS} ms`)
        }
        try {
          const disposed = heardBy(hear, disposal.run)
          await bounded(untilLate(this.#clock, left, disposed, late))
        } catch (error) {
          hear(error)
        }
      }
      await bounded(nextStep()) // by then Node has reported the errors that they left behind
      isTold = true
      unwatch()
      return problems
    })
  }

  async #setUp(type: string, definition: AgentDefinition, config: unknown): Promise<unknown> {
    const used: Record<string, unknown> = {}
    for (const [name, resource] of Object.entries(definition.uses)) {
      used[name] = await this.#share(resource)
    }
    if (definition.setup === undefined) return Object.freeze(used)
    const { signal } = this.#stopping
    const own = handOut(config)
    const context = { config: own, resources: used, signal, lane: this.lane, type }
    const made = await definition.setup(context as never)
    const dispose = definition.dispose as ((made: unknown) => void) | undefined
    await this.#disposeLater({ of: 'agent', name: type, run: () => disposeOf(made, dispose) })
    if (Object.keys(used).length === 0) return made
    return withUsed(made as object, used)
  }

  #share(resource: Resource<unknown>): Promise<unknown> {
    const known = this.#shared.get(resource)
    if (known !== undefined) return known
    const made = this.#make(resource)
    this.#shared.set(resource, made)
    return made
  }

  async #make(resource: Resource<unknown>): Promise<unknown> {
    const made = await resource.setup({ signal: this.#stopping.signal, lane: this.lane })
    const { name, dispose } = resource
    await this.#disposeLater({ of: 'resource', name, run: () => disposeOf(made, dispose) })
    return made
  }

  /** Disposes what is set up after the lane has stopped at once, since nothing else will. */
  async #disposeLater(disposal: Disposal): Promise<void> {
    if (!this.#stopping.signal.aborted) return void this.#disposals.push(disposal)
    const hear = (error: unknown) => this.#tell(this.#problem(disposal, error))
    try {
      await heardBy(hear, disposal.run)
    } catch (error) {
      hear(error)
    }
  }

  #problem({ of, name }: Disposal, error: unknown): DisposeProblem {
    return { lane: this.lane, of, name, error: errorToRecord(error) }
  }
}

/**
 * The result of setup, together with the shared resources. An instance of a class stays as it is,
 * and gets them as fields.
 */
function withUsed(made: object, used: object): object {
  const prototype = Object.getPrototypeOf(made)
  if (prototype === Object.prototype || prototype === null)
    return Object.freeze({ ...used, ...made })
  return Object.assign(made, used)
}
