/** What a runtime says of itself, at one moment. */
import type { ChangedCode } from '../router/fleet/agent-code.ts'
import type { LedgerCounts } from '../router/ledger/ledger.ts'
import type { StalledKey } from '../router/reports/inspect-record.ts'
import type { Router } from '../router/router.ts'

/** One lane, at this moment. */
export interface LaneStats {
  readonly lane: number
  readonly generation: number
  /**
   * `starting`: its thread starts or loads agents, for the first time or after a death. `draining`:
   * its heap is full; it finishes what it has, and is renewed. `gone`: given up; its keys went to
   * the others.
   */
  readonly status: 'starting' | 'up' | 'draining' | 'gone'
  /** Deliveries on the lane; `waiting` of them can't use its thread now. */
  readonly posted: number
  readonly waiting: number
}

/** What `runtime.stats` returns: counts of deliveries, and the lanes. */
export interface RuntimeStats extends LedgerCounts {
  /**
   * `sound`: every lane is up, or finishes what it has before it is renewed. `degraded`: a lane is
   * down; it is being replaced, and its keys wait for it, or it was given up, and its keys went to
   * the others. `down`: all lanes were given up, and nothing more is accepted.
   */
  readonly health: 'sound' | 'degraded' | 'down'
  /** Keys that have work or state. */
  readonly keys: number
  /** Keys that have work and have settled nothing for `stallMs`, and what each waits for. */
  readonly stalled: readonly StalledKey[]
  readonly lanes: readonly LaneStats[]
  /**
   * Agents whose modules' files have changed since they were registered, and were loaded anew by
   * the lanes that were replaced since.
   */
  readonly changedCode: readonly ChangedCode[]
}

export function statsOf(router: Router): Omit<RuntimeStats, 'changedCode'> {
  const { ledger, placement, channels, stalled } = router
  const lanes = channels.map(({ index, generation, status, posted, handle }) => {
    return { lane: index, generation, status, posted, waiting: handle?.counters.waiting ?? 0 }
  })
  return {
    ...ledger.counts,
    health: healthOf(lanes),
    keys: placement.keyCount,
    stalled: stalled(),
    lanes,
  }
}

function healthOf(lanes: readonly LaneStats[]): RuntimeStats['health'] {
  const own = lanes.filter(({ lane }) => lane >= 0)
  if (own.every(({ status }) => status === 'gone')) return 'down'
  return own.every(({ status }) => status === 'up' || status === 'draining') ? 'sound' : 'degraded'
}
