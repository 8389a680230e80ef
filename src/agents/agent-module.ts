/**
 * How an agent's definition is found from its module, so that the same agent runs on any thread.
 */
import { readFrom, textFrom } from '../describe.ts'
import { describe, HeddleError, problemOf } from '../errors.ts'
import { isAgentType } from '../ids/agent-id.ts'
import { ownConfig } from '../messages/config.ts'
import { namesOf, readOptions } from '../option-check.ts'
import {
  type AgentDefinition,
  type AgentRegistration,
  type ConfigurableAgent,
  checkConfig,
  isDefined,
} from './agent-definition.ts'
import { THIS_COPY } from './define-agent.ts'

/**
 * In place of a module for agents that no other thread can load, since they are made of closures.
 */
export const INLINE_MODULE = 'heddle:inline'

/** An agent as data, the form in which it crosses to a lane. */
export interface AgentSpec {
  /** The type that it is registered under. */
  readonly type: string
  /** The type in its definition. */
  readonly definedAs: string
  readonly module: string
  readonly config: unknown
  /** False: the main thread has not loaded the definition, so it could not check the config. */
  readonly configChecked: boolean
}

/** An agent named by a module that the main thread does not load. */
export interface AgentReference {
  readonly kind: 'reference'
  readonly spec: AgentSpec
}

/** An item of the option `agents`, or the argument of `register`. */
export type Registrable = AgentRegistration | AgentReference

/**
 * Names an agent by its module, so that the main thread need not load it. `type` is the type in its
 * definition, `as` the type to register it under (default: `type`). The lanes check the config.
 * Throws HEDDLE_INVALID_AGENT.
 */
export function agentAt(
  module: URL,
  options: { type: string; as?: string; config?: unknown },
): AgentReference {
  const refuse = (problem: string) => {
    const agent = describe(readFrom(Object(options), 'type'))
    return new HeddleError('HEDDLE_INVALID_AGENT', { agent, problem: `${WANTED}: ${problem}` })
  }
  const { type, as = type, config } = readOptions(options, NAMES, refuse)
  const href = isUrl(module) ? module.href : undefined
  if (href === undefined) throw refuse(`${describe(module)} is not a URL`)
  for (const one of [type, as]) {
    if (!isAgentType(one)) throw refuse(`${describe(one)} is not an agent type`)
  }
  const own = ownConfig(config)
  const spec = { type: as, definedAs: type, module: href, config: own, configChecked: false }
  return Object.freeze({ kind: 'reference', spec })
}

const WANTED = 'agentAt takes a URL and the type that its module defines'
const NAMES = namesOf<Parameters<typeof agentAt>[1]>({ type: true, as: true, config: true })

/** Whether `agentAt` made `value`, or `value` is a copy of such a reference, which is data. */
export function isReference(value: unknown): value is AgentReference {
  if (typeof value !== 'object' || value === null) return false
  const spec = readFrom(value, 'spec')
  if (readFrom(value, 'kind') !== 'reference' || typeof spec !== 'object' || spec === null) {
    return false
  }
  return ['type', 'definedAs', 'module'].every((name) => textFrom(spec, name) !== undefined)
}

/** Whether it is a `URL`, of this realm or another. */
export function isUrl(value: unknown): value is URL {
  if (typeof value !== 'object' || value === null) return false
  return URL.canParse(textFrom(value, 'href') ?? '') && textFrom(value, 'protocol') !== undefined
}

/**
 * Imports the module and finds the definition. Throws HEDDLE_AGENT_LOAD_FAILED, HEDDLE_TWO_COPIES,
 * and HEDDLE_RUNTIME_IN_LANE if the module, or one that it imports, starts a runtime.
 */
export async function importDefinition(spec: AgentSpec): Promise<AgentDefinition> {
  const { type: agent, definedAs, module } = spec
  let exported: Record<string, unknown>
  try {
    exported = await import(module)
  } catch (cause) {
    if (codeOf(cause) === 'HEDDLE_RUNTIME_IN_LANE') {
      throw new HeddleError('HEDDLE_RUNTIME_IN_LANE', { agent, module }, { cause })
    }
    const fields = { agent, module, problem: problemOf(cause) }
    throw new HeddleError('HEDDLE_AGENT_LOAD_FAILED', fields, { cause })
  }
  for (const value of Object.values(exported).flatMap(definedIn)) {
    if (value.definition.type !== definedAs) continue
    const { definition } = value
    if (definition.madeBy === THIS_COPY) return definition
    const fields = { agent, agentCopy: definition.madeBy, laneCopy: THIS_COPY }
    throw new HeddleError('HEDDLE_TWO_COPIES', fields)
  }
  const problem = `it does not export an agent of type '${definedAs}'; export what defineAgent returns`
  throw new HeddleError('HEDDLE_AGENT_LOAD_FAILED', { agent, module, problem })
}

/** The code of an error of any copy of heddle. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** The agents in an export: the export itself, or its `agents`, as in a team. */
function definedIn(value: unknown): (AgentRegistration | ConfigurableAgent<unknown>)[] {
  if (isDefined(value)) return [value]
  const agents = typeof value === 'object' && value !== null ? readFrom(value, 'agents') : undefined
  return Array.isArray(agents) ? agents.filter(isDefined) : []
}

/** The config for the agent's setup and turns. Throws HEDDLE_INVALID_CONFIG. */
export function configOf(spec: AgentSpec, definition: AgentDefinition): unknown {
  return spec.configChecked ? ownConfig(spec.config) : checkConfig(definition, spec.config)
}
