/** The options of a lane. */
import type { Clock } from '../clock.ts'
import type { Counters } from '../wire/counters.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'
import type { FromLane } from '../wire/wire.ts'
import type { LaneAgents } from './lane-agents.ts'

/** Where a test may end a lane: the points at which a death has different consequences. */
export type KillPoint = 'before-begin' | 'claim-lost' | 'recalled' | 'begun' | 'ended' | 'posted'

export interface LaneOptions {
  readonly settings: LaneSettings
  readonly agents: LaneAgents
  readonly counters: Counters
  readonly clock: Clock
  readonly post: (record: FromLane) => void
  /**
   * `counted`: time has no influence on when commits are posted, so that the same calls give the
   * same order. Default: `timed`.
   */
  readonly commits?: 'timed' | 'counted'
  /** Where the lane runs. Default: on its own thread. */
  readonly stands?: 'beside-router'
  /** Milliseconds for which this thread has been busy since it started. */
  readonly busyMs: () => number
  /**
   * The milliseconds after which the lane yields to its event loop. Default: 1 for `timed` commits,
   * otherwise 8.
   */
  readonly sliceMs?: number
  readonly probe?: (point: KillPoint, slot: number) => void
  /**
   * Throws where a simulation makes a handler fail: called before it runs, and after it has
   * succeeded.
   */
  readonly inject?: (delivery: LaneDelivery) => void
}

/**
 * The milliseconds after which a lane yields to its event loop; `timed` commits are posted then.
 */
export const SLICE_MS = 8

export const COMMIT_MS = 1
