/** A lane, as the router knows it wherever it stands; and what a lane tells its owner. */
import type { AgentMetadata } from '../agents/agent-metadata.ts'
import type { Registrable } from '../agents/agent-module.ts'
import type { Clock } from '../clock.ts'
import type { ErrorRecord } from '../errors.ts'
import type { Bounded } from '../until.ts'
import type { Counters } from './counters.ts'
import type { LaneSettings } from './lane-settings.ts'
import type { FromLane, ToLane } from './wire.ts'

/** Something that was not disposed well. */
export interface DisposeProblem {
  /** The lane's number; -1: the main thread beside lanes. */
  readonly lane: number
  /** Whose `dispose` it is; `lane`: the whole thread did not answer. */
  readonly of: 'agent' | 'resource' | 'lane'
  /** The agent's type or the resource's name. Undefined for a lane. */
  readonly name: string | undefined
  readonly error: ErrorRecord
}

/** A running lane, wherever it stands. */
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
   * Disposes the lane's resources and ends it, whatever it does now. Never rejects: what was not
   * disposed well is in the list. What waits for `start` or `load` is rejected. A second call is
   * the first.
   */
  close(): Bounded<readonly DisposeProblem[]>
  /** Ends its thread at once, as a death of this cause. Undefined: it has no thread of its own. */
  readonly kill?: (cause: Error) => void
}

/** An agent that a lane can run. */
export interface LoadedAgent {
  readonly metadata: AgentMetadata
  /**
   * A digest of its module's file, as the lane has just loaded it. Undefined where there is none to
   * compare.
   */
  readonly code: string | undefined
}

/** What a lane tells its owner. `closed` comes once, after the last record. */
export interface LaneEvents {
  record(record: FromLane): void
  closed(cause: unknown): void
  /** A `dispose` has failed after `close` had ended. */
  notDisposed(problem: DisposeProblem): void
}

/** Makes one generation of a lane, which its `start` then starts. Throws when it can't. */
export type OpenLane = (index: number, generation: number, events: LaneEvents) => LaneHandle

/** Where a runtime's lanes stand. */
export interface LaneProvider {
  readonly lanes: number
  /** Whether lanes are elsewhere, so that closure agents need one here. */
  readonly mainLane: boolean
  /** Refuses agents that these lanes could never load. */
  readonly check: (agent: Registrable) => void
  readonly open: (settings: LaneSettings, clock: Clock) => OpenLane
}
