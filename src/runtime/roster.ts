/**
 * The agents of a runtime: registered once, present on every lane, in every generation of it.
 *
 * Owns: the list of what each new lane must load. Does not own: what is known of them (the directory).
 * Invariant: an agent is known, and subscribed, only when all lanes have it; one that fails leaves nothing behind.
 */
import { describe, HeddleError } from '../errors.ts'
import type { AgentDirectory, AgentMetadata } from './agent-directory.ts'
import type { Registrable } from './agent-module.ts'
import type { LaneChannel, LaneHandle } from './lane-channel.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface RosterParts {
  readonly agents: AgentDirectory
  readonly subscriptions: Subscriptions
  readonly lanes: readonly LaneChannel[]
  /** Where closure agents live. */
  readonly main: LaneChannel
  /** Refuses agents that the lanes could never load. */
  readonly check: (agent: Registrable) => void
}

export class Roster {
  readonly #parts: RosterParts
  readonly #onLanes: Registrable[] = []

  constructor(parts: RosterParts) {
    this.#parts = parts
  }

  /** Registers all of them, or rejects with the first one's error in their order. */
  async registerAll(agents: readonly Registrable[]): Promise<void> {
    const loaded = await Promise.allSettled(agents.map((agent) => this.#load(agent)))
    for (const [at, outcome] of loaded.entries()) {
      if (outcome.status === 'rejected') throw outcome.reason
      this.#enlist(outcome.value)
      const agent = agents[at]
      if (agent?.kind === 'registration') this.#parts.agents.schemas.learn(agent.definition)
    }
  }

  /** Makes a lane that has just been opened able to run what others run. */
  async prepare(lane: LaneHandle): Promise<void> {
    await Promise.all(this.#onLanes.map((agent) => lane.load(agent)))
  }

  async #load(agent: Registrable): Promise<AgentMetadata> {
    assertRegistrable(agent)
    const { agents, main, check } = this.#parts
    const isClosure = agent.kind === 'registration' && agent.definition.module === undefined
    if (!isClosure) check(agent)
    const { type } = agent.kind === 'registration' ? agent : agent.spec
    agents.reserve(type)
    try {
      if (isClosure) return await (main.handle as LaneHandle).load(agent)
      return await this.#loadOnLanes(agent)
    } finally {
      agents.release(type)
    }
  }

  /** A lane that is replaced meanwhile finds the agent in the list, and loads it too. */
  async #loadOnLanes(agent: Registrable): Promise<AgentMetadata> {
    this.#onLanes.push(agent)
    const handles = this.#parts.lanes.flatMap(({ handle }) => handle ?? [])
    const loaded = await Promise.allSettled(handles.map((handle) => handle.load(agent)))
    const failed = loaded.find((outcome) => outcome.status === 'rejected')
    const [first] = loaded
    if (failed === undefined && first?.status === 'fulfilled') return first.value
    this.#onLanes.splice(this.#onLanes.indexOf(agent), 1)
    throw failed?.reason ?? new HeddleError('HEDDLE_NO_LANES', { problem: 'none is up now' })
  }

  #enlist(metadata: AgentMetadata): void {
    const { agents, subscriptions } = this.#parts
    agents.add(metadata)
    for (const rule of metadata.subscriptions) subscriptions.add({ ...rule, agent: metadata.type })
  }
}

function assertRegistrable(agent: unknown): asserts agent is Registrable {
  const kind =
    typeof agent === 'object' && agent !== null && 'kind' in agent ? agent.kind : undefined
  if (kind === 'registration' || kind === 'reference') return
  const problem =
    kind === 'configurable'
      ? 'it takes a config; register it as .with(config)'
      : `${describe(agent)} is no agent; use what defineAgent, closureAgent or agentAt returns`
  throw new HeddleError('HEDDLE_INVALID_AGENT', { agent: 'in the list', problem })
}
