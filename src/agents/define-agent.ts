/** `defineAgent` and `closureAgent`: options in, definition out. */
import { readFrom } from '../describe.ts'
import { describe, HeddleError, problemOf } from '../errors.ts'
import { isAgentType } from '../ids/agent-id.ts'
import { isSchema, type Schema, type SchemaInput } from '../messages/schema.ts'
import { namesOf, readOptions } from '../option-check.ts'
import { holdsByName, type OptionNames } from '../option-names.ts'
import { type StateOf, StateShape } from '../state/state-shape.ts'
import type { SetupContext, Uses } from './agent-definition.ts'
import {
  type AgentDefinition,
  type AgentRegistration,
  type ConfigOf,
  type ConfigurableAgent,
  checkConfig,
} from './agent-definition.ts'
import { problemOfFunction } from './given-functions.ts'
import { type Handler, isHandler, type On, on } from './handlers.ts'
import { isResource, type Resource } from './resource.ts'
import { type Retry, type RetryPolicy, resolveRetry } from './retry.ts'
import { checkRule, type SubscriptionRule } from './subscription.ts'

type ResourcesOf<U> = { readonly [N in keyof U]: U[N] extends Resource<infer T> ? T : never }

type NoState = Record<never, never>

/** The options of `defineAgent`: what the agent hears, does and keeps. */
export interface AgentOptions<C extends Schema | undefined, U extends Uses, R, S extends object> {
  /** Letters, digits and `_ - .`; unique in a runtime. */
  type: string
  /** For people, and for agents that choose another agent to ask. */
  description?: string
  /** The schema of what `.with(config)` takes: data, the same for all instances. */
  config?: C
  /** The resources that the agent shares with other agents of its lane, by name. */
  uses?: U
  /**
   * Called once per lane, before the first turn. The fields of its result are in `turn.resources`,
   * beside those of `uses`.
   */
  setup?: (context: SetupContext<ConfigOf<C>, ResourcesOf<U>>) => R | Promise<R>
  /**
   * Called at stop with the result of `setup`. Default: the result's own `Symbol.asyncDispose` or
   * `Symbol.dispose`. The report of `stop` lists a disposal that fails, or that is not done when
   * all disposals of the lane have taken 1,500 ms together.
   */
  dispose?: (made: R) => void | Promise<void>
  /** The state fields and their initial values: data, or `keyed<V>()` for what grows. */
  state?: S
  /**
   * How often a failing turn is tried. Default: once; its failure is then a dead letter or, for a
   * request, the caller's error.
   */
  retry?: RetryPolicy
  /**
   * Milliseconds after which a turn is aborted; a grace period later it is given up. Default: the
   * runtime's `turnTimeoutMs`.
   */
  turnTimeoutMs?: number
  /**
   * The named limits of the runtime that its turns use. A runtime that has not all of them refuses
   * the agent with HEDDLE_UNKNOWN_LIMIT. Default: none; a turn that names an unknown limit then
   * fails.
   */
  limits?: readonly string[]
  /**
   * The topics that the agent hears. Default: one rule for each handled message, with the message's
   * name as topic type.
   */
  subscriptions?: readonly SubscriptionRule[]
  /** Lists what the agent does: `(on) => [on(Type, (payload, turn) => …)]`. */
  handlers: (on: On<StateOf<S>, ConfigOf<C>, ResourcesOf<U> & R>) => readonly Handler[]
}

type DefinedAgent<C extends Schema | undefined, State, Resources> = C extends Schema
  ? ConfigurableAgent<SchemaInput<C>, State, Resources>
  : AgentRegistration<State, Resources>

/**
 * Identifies this copy of heddle by the address of this module. Definitions carry it, so that a
 * second copy in a lane is noticed.
 */
export const THIS_COPY = import.meta.url

/**
 * Defines an agent. `module` is `import.meta.url` of the module that exports the result: a function
 * can't cross threads, so each lane imports that module. The types of state, config, resources,
 * payloads and replies are inferred. Throws HEDDLE_INVALID_AGENT, HEDDLE_INVALID_ID,
 * HEDDLE_STATE_NOT_PLAIN, HEDDLE_INVALID_SUBSCRIPTION, HEDDLE_DUPLICATE_SUBSCRIPTION.
 */
export function defineAgent<
  C extends Schema | undefined = undefined,
  U extends Uses = NoState,
  R = NoState,
  S extends object = NoState,
>(
  module: string,
  options: AgentOptions<C, U, R, S>,
): DefinedAgent<C, StateOf<S>, ResourcesOf<U> & R> {
  if (typeof module !== 'string' || !URL.canParse(module)) {
    const problem = `its first argument must be import.meta.url, and is ${describe(module)}`
    throw new HeddleError('HEDDLE_INVALID_AGENT', { agent: describe(typeOf(options)), problem })
  }
  const definition = buildDefinition(module, options, NAMES)
  const agent = definition.config === undefined ? register(definition) : configurable(definition)
  return agent as DefinedAgent<C, StateOf<S>, ResourcesOf<U> & R>
}

/**
 * Defines an agent of closures, for glue code. It runs on the main thread, one turn at a time per
 * agent id. It keeps its state in its closures; heddle can't undo changes to those when a turn
 * fails. Throws HEDDLE_INVALID_AGENT, HEDDLE_INVALID_ID, HEDDLE_INVALID_SUBSCRIPTION.
 */
export function closureAgent(options: {
  type: string
  description?: string
  retry?: RetryPolicy
  turnTimeoutMs?: number
  limits?: readonly string[]
  subscriptions?: readonly SubscriptionRule[]
  handlers: (on: On<NoState, undefined, NoState>) => readonly Handler[]
}): AgentRegistration {
  return register(buildDefinition(undefined, options, CLOSURE_NAMES))
}

function register(
  definition: AgentDefinition,
  type = definition.type,
  config?: unknown,
): AgentRegistration {
  checkType(type)
  const as = (other: string) => register(definition, other, config)
  return Object.freeze({ kind: 'registration', definition, type, config, as })
}

function configurable(definition: AgentDefinition): ConfigurableAgent<unknown> {
  const give = (config: unknown) =>
    register(definition, definition.type, checkConfig(definition, config))
  return Object.freeze({ kind: 'configurable', definition, with: give })
}

/** The options of any agent, without their type parameters. */
interface UntypedOptions {
  readonly type: string
  readonly description?: string | undefined
  readonly config?: Schema | undefined
  readonly uses?: Uses | undefined
  readonly setup?: unknown
  readonly dispose?: unknown
  readonly state?: object | undefined
  readonly retry?: RetryPolicy | undefined
  readonly turnTimeoutMs?: number | undefined
  readonly limits?: readonly string[] | undefined
  readonly subscriptions?: readonly SubscriptionRule[] | undefined
  readonly handlers: (on: never) => readonly Handler[]
}

function typeOf(options: unknown): unknown {
  return readFrom(Object(options), 'type')
}

const CLOSURE = {
  ...({ type: true, description: true, retry: true, turnTimeoutMs: true } as const),
  ...({ limits: true, subscriptions: true, handlers: true } as const),
}

const ONLY_DEFINED = { config: true, uses: true, setup: true, dispose: true, state: true } as const

const CLOSURE_NAMES = namesOf<Parameters<typeof closureAgent>[0]>(CLOSURE)

const NAMES = namesOf<AgentOptions<undefined, Uses, unknown, object>>({
  ...CLOSURE,
  ...ONLY_DEFINED,
})

function buildDefinition(
  module: string | undefined,
  given: UntypedOptions,
  names: OptionNames<UntypedOptions>,
): AgentDefinition {
  const agent = typeOf(given)
  const refuse = (problem: string, cause?: unknown) => {
    const given = cause === undefined ? {} : { cause }
    return new HeddleError('HEDDLE_INVALID_AGENT', { agent: describe(agent), problem }, given)
  }
  checkType(agent)
  const foreign = Object.keys(ONLY_DEFINED).find((name) => readFrom(given, name) !== undefined)
  if (names === CLOSURE_NAMES && foreign !== undefined) {
    throw refuse(`only defineAgent takes '${foreign}'; keep what it needs in its closures`)
  }
  const options = readOptions(given, names, refuse)
  if (typeof options.handlers !== 'function') throw refuse('it has no handlers')
  let handlers: readonly Handler[]
  try {
    handlers = options.handlers.call(given, on as never)
  } catch (error) {
    throw refuse(`its handlers can't be listed: ${problemOf(error)}`, error)
  }
  if (!Array.isArray(handlers) || handlers.length === 0) throw refuse('it lists no handlers')
  if (![...handlers].every(isHandler)) throw refuse('not all of its handlers were made by on(…)')
  const problem = problemOfParts(options)
  if (problem !== undefined) throw refuse(problem)
  let retry: Retry | undefined
  try {
    retry = resolveRetry(options.retry)
  } catch (error) {
    throw refuse(problemOf(error), error)
  }
  const byName = Map.groupBy(handlers, (handler) => handler.name)
  const { subscriptions = defaultRules(handlers) } = options
  if (!Array.isArray(subscriptions)) throw refuse('its subscriptions are not a list of rules')
  const rules = [...subscriptions].map((rule) => checkRule(agent, rule))
  const twice = rules.find((rule, at) => rules.indexOf(rule) < at)
  if (twice !== undefined) {
    throw new HeddleError('HEDDLE_DUPLICATE_SUBSCRIPTION', { subscription: twice })
  }
  return Object.freeze({
    type: options.type,
    description: options.description ?? '',
    module,
    madeBy: THIS_COPY,
    config: options.config,
    uses: options.uses ?? {},
    setup: options.setup as AgentDefinition['setup'],
    dispose: options.dispose as AgentDefinition['dispose'],
    state: new StateShape(agent, { ...options.state }),
    retry,
    turnTimeoutMs: options.turnTimeoutMs,
    limits: Object.freeze([...(options.limits ?? [])]),
    subscriptions,
    handlers: byName,
  })
}

/** What is wrong with an option that can be checked on its own; undefined if nothing. */
function problemOfParts(options: UntypedOptions): string | undefined {
  const {
    config,
    description = '',
    uses = {},
    state = {},
    turnTimeoutMs = 1,
    limits = [],
  } = options
  if (config !== undefined && !isSchema(config)) return 'its config is not a Standard Schema'
  if (typeof description !== 'string') return 'its description is not a string'
  if (!holdsByName(uses)) return 'its uses are not a record of resources'
  const other = Object.keys(uses).find((name) => !isResource(uses[name]))
  if (other !== undefined) return `'${other}' in uses was not made by defineResource`
  if (!holdsByName(state)) return 'its state is not a record of fields'
  if (typeof turnTimeoutMs !== 'number' || !(turnTimeoutMs >= 1)) {
    return 'its turnTimeoutMs must be a number of milliseconds, at least 1'
  }
  if (!Array.isArray(limits) || ![...limits].every((name) => typeof name === 'string')) {
    return 'its limits must be a list of names'
  }
  for (const name of ['setup', 'dispose'] as const) {
    const given = options[name]
    const problem = given === undefined ? undefined : problemOfFunction(given)
    if (problem !== undefined) return `its ${name} is ${problem}`
  }
  return undefined
}

function defaultRules(handlers: readonly Handler[]): readonly SubscriptionRule[] {
  const names = handlers.filter(({ kind }) => kind === 'message').map(({ name }) => name)
  return [...new Set(names)].map((topic) => ({ topic }))
}

function checkType(type: unknown): asserts type is string {
  if (isAgentType(type)) return
  throw new HeddleError('HEDDLE_INVALID_ID', {
    what: 'agent type',
    value: describe(type),
    rule: 'letters, digits and _ - .',
  })
}
