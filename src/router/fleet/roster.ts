/** The agents of a runtime: registered, and present on every lane. */
import { isDefined } from '../../agents/agent-definition.ts'
import type { AgentMetadata } from '../../agents/agent-metadata.ts'
import { isReference, type Registrable } from '../../agents/agent-module.ts'
import { describe, HeddleError } from '../../errors.ts'
import { allEnded, allOf, type Bounded, bounded, inSteps } from '../../until.ts'
import type { LaneHandle } from '../../wire/lane-handle.ts'
import type { CodeChange } from '../reports/inspect-record.ts'
import type { AgentDirectory } from '../routing/agent-directory.ts'
import type { Subscriptions } from '../routing/subscriptions.ts'
import { AgentCode, type ChangedCode } from './agent-code.ts'
import type { LaneChannel } from './lane-channel.ts'

export interface RosterParts {
  readonly agents: AgentDirectory
  readonly subscriptions: Subscriptions
  readonly lanes: readonly LaneChannel[]
  /** The lane of closure agents. */
  readonly main: LaneChannel
  /** The names of the runtime's limits. */
  readonly limits: readonly string[]
  /** Refuses agents that the lanes could never load. */
  readonly check: (agent: Registrable) => void
  /** Called when a lane has loaded another text of an agent's module than other lanes. */
  readonly codeChanged: (change: CodeChange) => void
}

export class Roster {
  readonly #parts: RosterParts
  readonly #onLanes: Registrable[] = []
  readonly #loaded = new WeakMap<LaneHandle, Set<Registrable>>()
  readonly #code: AgentCode

  constructor(parts: RosterParts) {
    this.#parts = parts
    this.#code = new AgentCode(parts.codeChanged)
  }

  /** The agents whose modules have changed since they were registered. */
  get changedCode(): readonly ChangedCode[] {
    return this.#code.changed
  }

  /**
   * Registers all of the agents, or rejects with the error of the first that failed, in their
   * order.
   */
  registerAll(agents: readonly Registrable[]): Bounded<void> {
    return inSteps(async () => {
      const loaded = await bounded(allEnded(agents.map((agent) => this.#load(agent))))
      for (const [at, outcome] of loaded.entries()) {
        if (outcome.status === 'rejected') throw outcome.reason
        this.#enlist(outcome.value)
        const agent = agents[at]
        if (agent?.kind === 'registration') this.#parts.agents.schemas.learn(agent.definition)
      }
    })
  }

  /**
   * Makes a lane that has just been opened able to run what the others run. Undefined: it already
   * is.
   */
  prepare(lane: LaneChannel, handle: LaneHandle): Bounded<unknown> | undefined {
    const missing = this.#onLanes.filter((agent) => !this.#loaded.get(handle)?.has(agent))
    if (missing.length === 0) return undefined
    return allOf(missing.map((agent) => this.#loadOn(lane, handle, agent)))
  }

  #load(agent: Registrable): Bounded<AgentMetadata> {
    return inSteps(async () => {
      assertRegistrable(agent)
      const { agents, main, check } = this.#parts
      const isClosure = agent.kind === 'registration' && agent.definition.module === undefined
      if (!isClosure) check(agent)
      const { type } = agent.kind === 'registration' ? agent : agent.spec
      agents.reserve(type)
      try {
        if (!isClosure) return await bounded(this.#loadOnLanes(agent))
        const { metadata } = await bounded((main.handle as LaneHandle).load(agent))
        const unknown = this.#unknownLimit(metadata)
        if (unknown !== undefined) throw unknown
        return metadata
      } finally {
        agents.release(type)
      }
    })
  }

  /**
   * Loads an agent on all lanes. A lane that is replaced meanwhile finds the agent in the list, and
   * loads it too.
   */
  #loadOnLanes(agent: Registrable): Bounded<AgentMetadata> {
    return inSteps(async () => {
      this.#onLanes.push(agent)
      const up = this.#parts.lanes.flatMap((lane) => {
        return lane.handle === undefined ? [] : { lane, handle: lane.handle }
      })
      const loads = up.map(({ lane, handle }) => this.#tryOn(lane, handle, agent))
      const loaded = await bounded(allEnded(loads))
      const failed = loaded.find((outcome) => outcome.status === 'rejected')
      const [first] = loaded
      if (failed === undefined && first?.status === 'fulfilled') {
        const unknown = this.#unknownLimit(first.value)
        if (unknown === undefined) return first.value
        this.#strike(agent)
        throw unknown
      }
      this.#strike(agent)
      throw failed?.reason ?? new HeddleError('HEDDLE_NO_LANES', { problem: 'none is up now' })
    })
  }

  /** Loads an agent on one lane. If the agent ends the lane, the lane is replaced without it. */
  #tryOn(lane: LaneChannel, handle: LaneHandle, agent: Registrable): Bounded<AgentMetadata> {
    return inSteps(async () => {
      try {
        return await bounded(this.#loadOn(lane, handle, agent))
      } catch (error) {
        this.#strike(agent)
        throw error
      }
    })
  }

  #loadOn(lane: LaneChannel, handle: LaneHandle, agent: Registrable): Bounded<AgentMetadata> {
    return inSteps(async () => {
      const { generation } = lane
      const { metadata, code } = await bounded(handle.load(agent))
      const loaded = this.#loaded.get(handle) ?? new Set()
      this.#loaded.set(handle, loaded.add(agent))
      this.#code.note(agent, { lane: lane.index, generation }, code)
      return metadata
    })
  }

  /** The error of an agent whose turns use a limit that the runtime has not. */
  #unknownLimit({ type: agent, limits }: AgentMetadata): HeddleError | undefined {
    const { limits: known } = this.#parts
    const limit = limits.find((name) => !known.includes(name))
    if (limit === undefined) return undefined
    return new HeddleError('HEDDLE_UNKNOWN_LIMIT', { limit, known, agent })
  }

  #strike(agent: Registrable): void {
    const at = this.#onLanes.indexOf(agent)
    if (at !== -1) this.#onLanes.splice(at, 1)
    this.#code.forget(agent)
  }

  #enlist(metadata: AgentMetadata): void {
    const { agents, subscriptions } = this.#parts
    agents.add(metadata)
    for (const rule of metadata.subscriptions) subscriptions.add({ ...rule, agent: metadata.type })
  }
}

function assertRegistrable(agent: unknown): asserts agent is Registrable {
  const isWhole = isDefined(agent)
  if (isReference(agent) || (isWhole && agent.kind === 'registration')) return
  const problem = isWhole
    ? 'it takes a config; register it as .with(config)'
    : `${describe(agent)} is not an agent; use what defineAgent, closureAgent or agentAt returns, not a copy of it`
  throw new HeddleError('HEDDLE_INVALID_AGENT', { agent: 'in the list', problem })
}
