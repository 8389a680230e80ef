/** A lane in the router's own thread: what the single-threaded runtime is made of, and where closure agents live. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../clock.ts'
import { HeddleError } from '../errors.ts'
import { type Bounded, bounded, inSteps } from '../until.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { type AgentMetadata, metadataOf } from './agent-directory.ts'
import { type AgentSpec, configOf, type Registrable } from './agent-module.ts'
import { Counters } from './counters.ts'
import { Lane } from './lane.ts'
import { LaneAgents } from './lane-agents.ts'
import type { LaneEvents, LaneHandle, LoadedAgent } from './lane-channel.ts'
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
  const agents = new LaneAgents(options.index, clock, settings.setupDeadlineMs, events.notDisposed)
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
    start: () => inSteps(async () => {}),
    post: (record) => lane.receive(record),
    load: (agent) => loadHere(agents, agent),
    hold: () => {},
    close: () => {
      lane.kill()
      return agents.dispose()
    },
  }
}

/** Sets an agent up on a lane of this thread. */
export function loadHere(agents: LaneAgents, agent: Registrable): Bounded<LoadedAgent> {
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
