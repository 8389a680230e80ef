/** What a lane is told. */
import type { Clock } from '../clock.ts'
import type { Counters } from '../wire/counters.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'
import type { FromLane } from '../wire/wire.ts'
import type { LaneAgents } from './lane-agents.ts'

/** Where a test may end a lane: the points at which a death means something different. */
export type KillPoint = 'before-begin' | 'claim-lost' | 'recalled' | 'begun' | 'ended' | 'posted'

export interface LaneOptions {
  readonly settings: LaneSettings
  readonly agents: LaneAgents
  readonly counters: Counters
  readonly clock: Clock
  readonly post: (record: FromLane) => void
  /**
   * `counted`: time has no say in when commits are posted, so that the same calls give the same
   * order. Default: `timed`.
   */
  readonly commits?: 'timed' | 'counted'
  /** Where it stands. Default: on a thread of its own. */
  readonly stands?: 'beside-router'
  /** Milliseconds for which this thread has been busy since it started. */
  readonly busyMs: () => number
  /**
   * The lane yields to its loop after so many milliseconds. Default: 1 where time has a say in
   * commits, else 8.
   */
  readonly sliceMs?: number
  readonly probe?: (point: KillPoint, slot: number) => void
  /**
   * Throws where a simulation makes a handler fail: before it runs, and after it has ended well.
   */
  readonly inject?: (delivery: LaneDelivery) => void
}

/**
 * A lane yields to its loop after so many milliseconds; where time has a say in commits, they are
 * posted then.
 */
export const SLICE_MS = 8

export const COMMIT_MS = 1
