/**
 * A lane in the router's own thread: the only lane of the single-threaded runtime, and the place of
 * closure agents.
 */
import { outsideTurns } from '../agents/turn-context.ts'
import type { Clock } from '../clock.ts'
import { Lane } from '../lane/lane.ts'
import { LaneAgents } from '../lane/lane-agents.ts'
import { loadHere } from '../lane/load-agent.ts'
import { watchFaults } from '../lane/turn-faults.ts'
import { inSteps } from '../until.ts'
import { Counters } from '../wire/counters.ts'
import type { LaneEvents, LaneHandle } from '../wire/lane-handle.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'

export function openInProcessLane(options: {
  readonly settings: LaneSettings
  /** The lane's number. */
  readonly index: number
  readonly clock: Clock
  readonly events: LaneEvents
}): LaneHandle {
  const { settings, clock, events } = options
  const agents = new LaneAgents(options.index, clock, settings.setupDeadlineMs, events.notDisposed)
  const counters = Counters.create()
  const lane = new Lane({
    settings,
    agents,
    counters,
    clock,
    busyMs: () => 0, // meaningless here: the lane shares the router's thread
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
