/**
 * What an agent is once it is defined: its registration, its definition, and the check of its
 * config.
 */
import { types } from 'node:util'
import { readFrom } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import { ownConfig } from '../messages/config.ts'
import { checkSchema, type Schema, type SchemaOutput } from '../messages/schema.ts'
import type { StateShape } from '../state/state-shape.ts'
import type { Handler } from './handlers.ts'
import type { Resource } from './resource.ts'
import type { Retry } from './retry.ts'
import type { SubscriptionRule } from './subscription.ts'

export type ConfigOf<C extends Schema | undefined> = C extends Schema ? SchemaOutput<C> : undefined

/**
 * An agent that can be registered as it is. The types of its state and resources serve `testAgent`.
 */
export interface AgentRegistration<State = unknown, Resources = unknown> {
  readonly kind: 'registration'
  readonly definition: AgentDefinition
  /** The type that it is registered under. */
  readonly type: string
  /** The config, already checked against the definition's schema. */
  readonly config: unknown
  /** The same agent under another type. Throws HEDDLE_INVALID_ID. */
  as(type: string): AgentRegistration<State, Resources>
  /** For the compiler alone: never set. */
  readonly '~state'?: State
  readonly '~resources'?: Resources
}

/** An agent that still needs its config: `.with(config)` makes it registrable. */
export interface ConfigurableAgent<Config, State = unknown, Resources = unknown> {
  readonly kind: 'configurable'
  readonly definition: AgentDefinition
  /** Throws HEDDLE_INVALID_CONFIG, HEDDLE_ASYNC_SCHEMA. */
  with(config: Config): AgentRegistration<State, Resources>
  /** For the compiler alone: never set. */
  readonly '~state'?: State
  readonly '~resources'?: Resources
}

/** The untyped result of `defineAgent`, which lanes run. */
export interface AgentDefinition {
  readonly type: string
  readonly description: string
  /**
   * The module that a lane imports; `undefined` for a closure agent, which lives on the main
   * thread.
   */
  readonly module: string | undefined
  /** The copy of heddle that made it. */
  readonly madeBy: string
  readonly config: Schema | undefined
  readonly uses: Uses
  readonly setup: ((context: SetupContext<never, never>) => unknown) | undefined
  readonly dispose: ((made: never) => void | Promise<void>) | undefined
  readonly state: StateShape
  readonly retry: Retry | undefined
  readonly turnTimeoutMs: number | undefined
  readonly limits: readonly string[]
  readonly subscriptions: readonly SubscriptionRule[]
  readonly handlers: ReadonlyMap<string, readonly Handler[]>
}

/**
 * Whether `value` was made by a definition, of any copy of heddle. A copy by way of JSON has the
 * same `kind`, but has lost its handlers.
 */
export function isDefined(value: unknown): value is AgentRegistration | ConfigurableAgent<unknown> {
  if (typeof value !== 'object' || value === null) return false
  const kind = readFrom(value, 'kind')
  if (kind !== 'registration' && kind !== 'configurable') return false
  const definition = readFrom(value, 'definition')
  if (typeof definition !== 'object' || definition === null) return false
  return types.isMap(readFrom(definition, 'handlers'))
}

/**
 * Checks a config against its definition's schema. Throws HEDDLE_INVALID_CONFIG,
 * HEDDLE_ASYNC_SCHEMA.
 */
export function checkConfig(definition: AgentDefinition, config: unknown): unknown {
  const agent = definition.type
  if (definition.config === undefined) {
    if (config === undefined) return undefined
    throw new HeddleError('HEDDLE_INVALID_CONFIG', { agent, issues: ['it takes no config'] })
  }
  const checked = checkSchema(definition.config, config)
  if (checked.kind === 'valid') return ownConfig(checked.value)
  if (checked.kind === 'asynchronous') {
    throw new HeddleError('HEDDLE_ASYNC_SCHEMA', { what: `the config of agent '${agent}'` })
  }
  const options = checked.cause === undefined ? {} : { cause: checked.cause }
  throw new HeddleError('HEDDLE_INVALID_CONFIG', { agent, issues: checked.issues }, options)
}

/** The argument of `setup`. */
export interface SetupContext<Config, Used> {
  readonly config: Config
  /** The resources of `uses`, by the same names. */
  readonly resources: Used
  /** Aborts when the lane stops before the setup is done. */
  readonly signal: AbortSignal
  /** The lane's number; -1 on the main thread of a runtime with lanes. */
  readonly lane: number
  /** The type that the agent is registered under. */
  readonly type: string
}

export type Uses = Readonly<Record<string, Resource<unknown>>>
