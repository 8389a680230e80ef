/**
 * What runs on a lane's thread: the lane itself behind two ports. Records come and go on the data
 * port, which is read to its close when the thread dies. Agents are loaded and disposed by calls on
 * the control port.
 */
import '../node-version.ts'
import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { type MessagePort, resourceLimits } from 'node:worker_threads'
import * as Comlink from 'comlink'
import type { AgentMetadata } from '../agents/agent-metadata.ts'
import type { AgentSpec } from '../agents/agent-module.ts'
import { outsideTurns } from '../agents/turn-context.ts'
import { every, systemClock } from '../clock.ts'
import { type ErrorRecord, errorToRecord } from '../errors.ts'
import { Lane } from '../lane/lane.ts'
import { LaneAgents } from '../lane/lane-agents.ts'
import { setUpHere } from '../lane/load-agent.ts'
import { culpritHere, watchFaults } from '../lane/turn-faults.ts'
import { becomeThreadOfLane } from '../tools/main-part.ts'
import { Counters, type SharedCounters } from '../wire/counters.ts'
import type { DisposeProblem } from '../wire/lane-handle.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'
import { type PostedToLane, packFromLane, unpackToLane } from '../wire/payload-text.ts'
import { type CodeDigest, digestOf } from './code-digest.ts'
import { printHere } from './lane-output.ts'
import { nodeEndpoint } from './node-endpoint.ts'

/** What a thread needs to become a lane. */
export interface LaneTask {
  readonly settings: LaneSettings
  readonly index: number
  readonly counters: SharedCounters
  readonly data: MessagePort
  readonly control: MessagePort
}

/**
 * Calls on the control port. Failures are values: a thrown error would lose its code and fields on
 * the way.
 */
export interface LaneControl {
  /** Imports the agent's module within `ms` milliseconds. */
  import(spec: AgentSpec, ms: number): Promise<CallOutcome<CodeDigest>>
  /** Sets up the agent, whose module has been imported, within `ms` milliseconds. */
  setUp(spec: AgentSpec, ms: number): Promise<CallOutcome<AgentMetadata>>
  /** Disposes the lane's resources. */
  dispose(): Promise<readonly DisposeProblem[]>
}

export type CallOutcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }

/**
 * Makes this thread a lane. Returns at once: a task that went on would keep the process alive
 * through its pool's port.
 */
export function becomeLane(task: LaneTask): void {
  printHere()
  const { data, control, index, settings } = task
  const counters = new Counters(task.counters)
  reportTo(counters)
  const agents = new LaneAgents(index, systemClock, settings.setupDeadlineMs)
  becomeThreadOfLane()
  const lane = new Lane({
    settings,
    agents,
    counters,
    clock: systemClock,
    busyMs: () => performance.eventLoopUtilization().active,
    post: (record) => data.postMessage(packFromLane(record)),
  })
  watchFaults()
  data.on('message', (posted: PostedToLane) => {
    outsideTurns(() => lane.receive(unpackToLane(posted)))
  })
  const exposed: LaneControl = {
    import: (spec, ms) =>
      outcomeOf(async () => {
        await agents.import(spec, ms)
        return digestOf(spec.module)
      }),
    setUp: (spec, ms) =>
      outcomeOf(async () => setUpHere(agents, spec, await agents.import(spec, ms), ms)),
    dispose: () => agents.dispose(),
  }
  Comlink.expose(exposed, nodeEndpoint(control))
}

async function outcomeOf<T>(run: () => Promise<T>): Promise<CallOutcome<T>> {
  try {
    return { kind: 'done', value: await run() }
  } catch (error) {
    return { kind: 'failed', error: errorToRecord(error) }
  }
}

/** Often enough for limits of a second, and rarely enough to cost an idle thread almost nothing. */
const BEAT_MS = 100

/**
 * Reports regularly that this thread returns to its event loop; and after each full collection, how
 * much of its heap is in use. At other times it is not known how much of the heap is garbage.
 */
function reportTo(counters: Counters): void {
  every(BEAT_MS, () => counters.beat())
  process.once('exit', () => counters.leave(culpritHere()))
  const limit =
    (resourceLimits.maxOldGenerationSizeMb ?? 0) * 1_024 * 1_024 || Number.POSITIVE_INFINITY
  const observer = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isFullCollection)) return
    counters.heapPercent = Math.round((getHeapStatistics().used_heap_size / limit) * 100)
  })
  observer.observe({ entryTypes: ['gc'] })
}

function isFullCollection(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } }
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
}
