/** A lane in the router's own thread: what the single-threaded runtime is made of, and where closure agents live. */
import type { AgentDefinition } from '../agents/agent-definition.ts'
import { type AgentMetadata, metadataOf } from '../agents/agent-metadata.ts'
import { type AgentSpec, configOf, type Registrable } from '../agents/agent-module.ts'
import { outsideTurns } from '../agents/turn-context.ts'
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { type Bounded, bounded, inSteps } from '../until.ts'
import { Counters } from '../wire/counters.ts'
import type { LaneEvents, LaneHandle, LoadedAgent } from '../wire/lane-handle.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'
import { Lane } from './lane.ts'
import { LaneAgents } from './lane-agents.ts'
import { watchFaults } from './turn-faults.ts'

export function openInProcessLane(options: {
  readonly settings: LaneSettings
  /** The lane's number. */
  readonly index: number
  readonly clock: Clock
  readonly events: LaneEvents
}): LaneHandle {
  const { settings, clock, events } = options
  const agents = new LaneAgents(options.index, clock, settings.setupDeadlineMs, events.notDisposed)
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
    start: () => inSteps(async () => {}),
    post: (record) => lane.receive(record),
    load: (agent) => loadHere(agents, agent),
    hold: () => {},
    close: () => {
      lane.kill()
      unwatch()
      return outsideTurns(() => agents.dispose())
    },
  }
}

/** Sets an agent up on a lane of this thread, outside of all contexts: what it makes serves the turns of everybody. */
export function loadHere(agents: LaneAgents, agent: Registrable): Bounded<LoadedAgent> {
  return outsideTurns(() => load(agents, agent))
}

function load(agents: LaneAgents, agent: Registrable): Bounded<LoadedAgent> {
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

/** Sets an agent up whose module has been imported. */
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
