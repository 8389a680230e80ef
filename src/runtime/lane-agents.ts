/**
 * The agents of one lane: definitions with their config, and what their setup made here.
 *
 * Owns: the resources of this lane, from setup to disposal. Setup runs once for a lane, before any
 * turn of the agent, however many messages are waiting.
 */
import type { Clock } from '../clock.ts'
import { HeddleError, problemOf } from '../errors.ts'
import { handOut } from '../messages/frozen.ts'
import { untilLate } from '../until.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { domainOf } from './domain.ts'
import type { Handler } from './handlers.ts'
import { MessageSchemas } from './message-schemas.ts'
import { disposeOf, type Resource } from './resource.ts'
import type { Turn } from './turn.ts'

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

  /** The first handler that takes the message. A predicate that throws fails the turn. */
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
      if (handler.match(payload as never, context)) return handler
    }
    return undefined
  }
}

export class LaneAgents {
  readonly lane: number
  readonly schemas = new MessageSchemas()
  readonly #agents = new Map<string, LaneAgent>()
  /** What was asked for last is often asked for again. */
  #last: LaneAgent | undefined
  readonly #shared = new Map<Resource<unknown>, Promise<unknown>>()
  readonly #disposals: (() => Promise<void>)[] = []
  readonly #stopping = new AbortController()

  readonly #clock: Clock
  readonly #setupDeadlineMs: number

  constructor(lane: number, clock: Clock, setupDeadlineMs: number) {
    this.lane = lane
    this.#clock = clock
    this.#setupDeadlineMs = setupDeadlineMs
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

  /** Sets an agent up. Throws HEDDLE_SETUP_FAILED. */
  async add(type: string, definition: AgentDefinition, config: unknown): Promise<void> {
    try {
      const resources = await this.#inTime(this.#setUp(type, definition, config))
      this.#agents.set(type, new LaneAgent(type, definition, config, resources))
      this.schemas.learn(definition)
    } catch (cause) {
      const fields = { agent: type, problem: problemOf(cause) }
      throw new HeddleError('HEDDLE_SETUP_FAILED', fields, { cause })
    }
  }

  /** Disposes what was set up, last first. Returns what failed, rather than stopping at it. */
  async dispose(): Promise<unknown[]> {
    this.#stopping.abort()
    const problems: unknown[] = []
    for (const dispose of this.#disposals.splice(0).reverse()) {
      await dispose().catch((error: unknown) => problems.push(error))
    }
    return problems
  }

  /** A setup that never ends must not keep its caller waiting. */
  #inTime<T>(setup: Promise<T>): Promise<T> {
    const ms = this.#setupDeadlineMs
    return untilLate(this.#clock, ms, setup, () => {
      throw new Error(`it was not done within ${ms} ms`)
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
    await this.#disposeLater(() => disposeOf(made, dispose))
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
    await this.#disposeLater(() => disposeOf(made, resource.dispose))
    return made
  }

  /** What is set up after the lane has stopped is disposed at once: nobody else will. */
  async #disposeLater(dispose: () => Promise<void>): Promise<void> {
    if (this.#stopping.signal.aborted) await dispose()
    else this.#disposals.push(dispose)
  }
}

/** What setup made, with the resources beside it. An instance of a class stays what it is, and gets them as fields. */
function withUsed(made: object, used: object): object {
  const prototype = Object.getPrototypeOf(made)
  if (prototype === Object.prototype || prototype === null)
    return Object.freeze({ ...used, ...made })
  return Object.assign(made, used)
}
