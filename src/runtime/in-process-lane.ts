/** A lane in the router's own thread: what the single-threaded runtime is made of, and where closure agents live. */
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { type AgentMetadata, metadataOf } from './agent-directory.ts'
import { configOf, importDefinition, type Registrable } from './agent-module.ts'
import { Counters } from './counters.ts'
import { Lane } from './lane.ts'
import { LaneAgents } from './lane-agents.ts'
import type { LaneEvents, LaneHandle } from './lane-channel.ts'
import type { LaneSettings } from './lane-settings.ts'
import { outsideTurns } from './turn-context.ts'
import { watchFaults } from './turn-faults.ts'

export function openInProcessLane(options: {
  readonly settings: LaneSettings
  /** The lane's number. */
  readonly index: number
  readonly clock: Clock
  readonly events: LaneEvents
}): LaneHandle {
  const { settings, clock, events } = options
  const agents = new LaneAgents(options.index, clock, settings.setupDeadlineMs)
  const counters = Counters.create(settings.turnsPerLane)
  const lane = new Lane({
    settings,
    agents,
    counters,
    clock,
    busyMs: () => 0, // its credit is without meaning: it shares the router's thread
    post: (record) => outsideTurns(() => events.record(record)),
    stands: 'beside-router',
    commits: 'counted',
  })
  const unwatch = watchFaults()
  return {
    counters,
    post: (record) => lane.receive(record),
    load: (agent) => loadHere(agents, agent),
    hold: () => {},
    close: async () => {
      lane.kill()
      unwatch()
      await outsideTurns(() => agents.dispose())
    },
  }
}

/** Sets an agent up on a lane of this thread, outside of all contexts: what it makes serves the turns of everybody. */
export function loadHere(agents: LaneAgents, agent: Registrable): Promise<AgentMetadata> {
  return outsideTurns(() => load(agents, agent))
}

async function load(agents: LaneAgents, agent: Registrable): Promise<AgentMetadata> {
  if (agent.kind === 'registration') {
    await agents.add(agent.type, agent.definition, agent.config)
    return metadataOf(agent.type, agent.definition)
  }
  const definition = await importDefinition(agent.spec)
  if (definition.module === undefined) {
    const { type, module } = agent.spec
    const problem =
      'it is a closure agent, which lives on the main thread: register what closureAgent returned'
    throw new HeddleError('HEDDLE_AGENT_LOAD_FAILED', { agent: type, module, problem })
  }
  await agents.add(agent.spec.type, definition, configOf(agent.spec, definition))
  return metadataOf(agent.spec.type, definition)
}
