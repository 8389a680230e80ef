/** A lane in the router's own thread: what the single-threaded runtime is made of, and where closure agents live. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { type AgentMetadata, metadataOf } from './agent-directory.ts'
import { configOf, importDefinition, type Registrable } from './agent-module.ts'
import { Counters } from './counters.ts'
import { Lane } from './lane.ts'
import { LaneAgents } from './lane-agents.ts'
import type { LaneEvents, LaneHandle } from './lane-channel.ts'
import type { LaneSettings } from './lane-settings.ts'

interface Turn {
  active: boolean
}

const running = new AsyncLocalStorage<Turn | undefined>()

/** Throws HEDDLE_INSIDE_TURN when the caller is a handler that this thread runs. */
export function assertOutsideTurn(call: string): void {
  if (running.getStore()?.active) throw new HeddleError('HEDDLE_INSIDE_TURN', { call })
}

/** Runs a turn so that `assertOutsideTurn` can tell, until it has ended. */
export function enterTurn(turn: () => Promise<void> | undefined): Promise<void> | undefined {
  const mark: Turn = { active: true }
  const leave = () => {
    mark.active = false
  }
  const outlasts = running.run(mark, turn)
  if (outlasts === undefined) leave()
  else outlasts.then(leave)
  return outlasts
}

/** Runs the router's work, which a lane may call for while it stands in the context of a turn, as outside all turns. */
function outsideTurns(work: () => void): void {
  running.run(undefined, work)
}

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
    enter: enterTurn,
    commits: 'counted',
  })
  return {
    counters,
    post: (record) => lane.receive(record),
    load: (agent) => loadHere(agents, agent),
    hold: () => {},
    close: async () => {
      lane.kill()
      await agents.dispose()
    },
  }
}

/** Sets an agent up on a lane of this thread. */
export async function loadHere(agents: LaneAgents, agent: Registrable): Promise<AgentMetadata> {
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
