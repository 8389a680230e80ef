/** Imports an agent and sets it up on the calling thread. */
import type { AgentDefinition } from '../agents/agent-definition.ts'
import { type AgentMetadata, metadataOf } from '../agents/agent-metadata.ts'
import { type AgentSpec, configOf, type Registrable } from '../agents/agent-module.ts'
import { outsideTurns } from '../agents/turn-context.ts'
import { HeddleError } from '../errors.ts'
import { type Bounded, bounded, inSteps } from '../until.ts'
import type { LoadedAgent } from '../wire/lane-handle.ts'
import type { LaneAgents } from './lane-agents.ts'

/**
 * Sets an agent up on a lane of this thread, outside all async contexts: what setup makes serves
 * all turns.
 */
export function loadHere(agents: LaneAgents, agent: Registrable): Bounded<LoadedAgent> {
  return outsideTurns(() => load(agents, agent))
}

export function load(agents: LaneAgents, agent: Registrable): Bounded<LoadedAgent> {
  const msLeft = agents.startLoading()
  return inSteps(async () => {
    if (agent.kind === 'registration') {
      const { type, definition, config } = agent
      await bounded(agents.add(type, definition, config, msLeft()))
      return { metadata: metadataOf(type, definition), code: undefined }
    }
    const definition = await bounded(agents.import(agent.spec, msLeft()))
    const metadata = await bounded(setUpHere(agents, agent.spec, definition, msLeft()))
    return { metadata, code: undefined }
  })
}

/** Sets up an agent whose module has been imported. */
export function setUpHere(
  agents: LaneAgents,
  spec: AgentSpec,
  definition: AgentDefinition,
  ms: number,
): Bounded<AgentMetadata> {
  return inSteps(async () => {
    const { type, module } = spec
    if (definition.module === undefined) {
      const problem =
        'it is a closure agent, which lives on the main thread: register what closureAgent returned'
      throw new HeddleError('HEDDLE_AGENT_LOAD_FAILED', { agent: type, module, problem })
    }
    await bounded(agents.add(type, definition, configOf(spec, definition), ms))
    return metadataOf(type, definition)
  })
}
