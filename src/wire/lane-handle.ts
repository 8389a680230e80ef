/** A lane as the router sees it, on any thread; and the events that a lane reports to its owner. */
import type { AgentMetadata } from '../agents/agent-metadata.ts'
import type { Registrable } from '../agents/agent-module.ts'
import type { Clock } from '../clock.ts'
import type { ErrorRecord } from '../errors.ts'
import type { Bounded } from '../until.ts'
import type { Counters } from './counters.ts'
import type { LaneSettings } from './lane-settings.ts'
import type { FromLane, ToLane } from './wire.ts'

/** A disposal that failed or did not end in time. */
export interface DisposeProblem {
  /** The lane's number; -1: the main thread beside lanes. */
  readonly lane: number
  /** What was being disposed; `lane`: the whole thread did not answer. */
  readonly of: 'agent' | 'resource' | 'lane'
  /** The type of the agent or the name of the resource. Undefined for a lane. */
  readonly name: string | undefined
  readonly error: ErrorRecord
}

/** A running lane, on any thread. */
export interface LaneHandle {
  readonly counters: Counters
  /** Called once, before anything else. Rejects when it can't be started. */
  start(): Bounded<void>
  post(record: ToLane): void
  /** Makes the lane able to run an agent; rejects when it can't be loaded or set up. */
  load(agent: Registrable): Bounded<LoadedAgent>
  /** Whether the lane's port keeps the process alive. */
  hold(alive: boolean): void
  /**
   * Disposes the lane's resources and ends the lane, whatever it is doing. Never rejects: problems
   * of disposal are in the list. Pending `start` and `load` calls reject. A second call returns the
   * result of the first.
   */
  close(): Bounded<readonly DisposeProblem[]>
  /**
   * Ends its thread at once, as a death with this cause. Undefined: it does not have its own
   * thread.
   */
  readonly kill?: (cause: Error) => void
}

/** An agent that a lane can run. */
export interface LoadedAgent {
  readonly metadata: AgentMetadata
  /**
   * A digest of its module's file, as the lane has just loaded it. Undefined where there is no file
   * to compare.
   */
  readonly code: string | undefined
}

/** The events that a lane reports to its owner. `closed` comes once, after the last record. */
export interface LaneEvents {
  record(record: FromLane): void
  closed(cause: unknown): void
  /** A `dispose` has failed after `close` had ended. */
  notDisposed(problem: DisposeProblem): void
}

/** Makes one generation of a lane, which is started by its `start`. Throws when it can't. */
export type OpenLane = (index: number, generation: number, events: LaneEvents) => LaneHandle

/** Provides the lanes of a runtime. */
export interface LaneProvider {
  readonly lanes: number
  /** Whether the lanes are on other threads, so that closure agents need a lane on this one. */
  readonly mainLane: boolean
  /** Refuses agents that these lanes could never load. */
  readonly check: (agent: Registrable) => void
  readonly open: (settings: LaneSettings, clock: Clock) => OpenLane
  /** What the threads of tools get as `process.env`; undefined: a copy of the main thread's. */
  readonly toolEnv?: Readonly<Record<string, string>> | undefined
}
