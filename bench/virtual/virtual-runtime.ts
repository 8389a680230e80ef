/**
 * heddle's own router and lanes in simulated time, with any number of lanes on one real thread: the
 * router decides in no time, a turn takes the time that it passes to `spend`, and a post takes
 * TRANSIT_MS.
 *
 * `startSimulated` of `heddle/testing` is not suited for this: it has one clock, on which the times
 * of lanes add up, and it gives lanes credit at random, to find faults in the order of events.
 */
import type { Clock, RuntimeOptions } from 'heddle'
import { Lane } from '../../src/lane/lane.ts'
import { LaneAgents } from '../../src/lane/lane-agents.ts'
import { loadHere } from '../../src/lane/load-agent.ts'
import { Runtime } from '../../src/runtime/local-runtime.ts'
import { inSteps } from '../../src/until.ts'
import { Counters } from '../../src/wire/counters.ts'
import type { LaneEvents, LaneHandle } from '../../src/wire/lane-handle.ts'
import type { LaneSettings } from '../../src/wire/lane-settings.ts'
import { Place, Timeline } from './timeline.ts'

/** About the time from a post on one thread until another thread reads it. */
const TRANSIT_MS = 0.02

/**
 * Less than any turn takes, so that a lane that computes returns to its loop after each turn,
 * before the next one begins.
 */
const SLICE_MS = 1e-9

interface Spot {
  readonly lane: number
  readonly place: Place
}

/** The place of the handler that runs now. */
let here: Spot | undefined

/** For handlers: makes this turn take `ms` of simulated time. Returns where and when it ran. */
export function spend(ms: number): { lane: number; began: number; ended: number } {
  if (here === undefined) throw new Error('time can only be spent in a turn')
  const { lane, place } = here
  const began = place.clock.now()
  place.work(ms)
  return { lane, began, ended: place.clock.now() }
}

export async function startVirtual(
  lanes: number,
  options: RuntimeOptions,
): Promise<{ runtime: Runtime; clock: Clock; now: () => number }> {
  const timeline = new Timeline()
  const router = new Place(timeline)
  const runtime = await Runtime.start(
    { ...options, clock: router.clock },
    {
      lanes,
      mainLane: true,
      check: () => {},
      open: (settings) => (index, _generation, events) =>
        openVirtualLane({ settings, index, events, router, place: new Place(timeline) }),
    },
  )
  return { runtime, clock: router.clock, now: () => router.clock.now() }
}

function openVirtualLane(options: {
  readonly settings: LaneSettings
  readonly index: number
  readonly events: LaneEvents
  readonly router: Place
  readonly place: Place
}): LaneHandle {
  const { settings, index, events, router, place } = options
  const agents = new LaneAgents(index, place.clock, settings.setupDeadlineMs)
  const counters = Counters.create()
  const spot = { lane: index, place }
  const lane = new Lane({
    settings,
    agents,
    counters,
    clock: place.clock,
    stands: 'beside-router',
    sliceMs: SLICE_MS,
    busyMs: () => place.workedMs,
    inject: () => {
      here = spot // called before a handler, which spends its time before it first awaits
    },
    post: (record) => {
      const copy = structuredClone(record)
      router.reach(place.clock.now() + TRANSIT_MS, () => events.record(copy))
    },
  })
  return {
    counters,
    start: () => inSteps(async () => {}),
    post: (record) => {
      const copy = structuredClone(record)
      place.reach(router.clock.now() + TRANSIT_MS, () => lane.receive(copy))
    },
    load: (agent) => loadHere(agents, agent),
    hold: () => {},
    close: () => {
      lane.kill()
      return agents.dispose()
    },
  }
}
