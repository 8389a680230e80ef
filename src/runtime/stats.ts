/** The state of a runtime in numbers, at one moment. */
import type { ChangedCode } from '../router/fleet/agent-code.ts'
import type { LedgerCounts } from '../router/ledger/ledger.ts'
import type { StalledKey } from '../router/reports/inspect-record.ts'
import type { Router } from '../router/router.ts'

/** One lane, at this moment. */
export interface LaneStats {
  readonly lane: number
  readonly generation: number
  /**
   * `starting`: its thread is starting or loading agents, for the first time or after a death.
   * `draining`: its heap is full; it finishes its deliveries and is then renewed. `gone`: it was
   * given up, and its keys went to the other lanes.
   */
  readonly status: 'starting' | 'up' | 'draining' | 'gone'
  /** The number of deliveries on the lane; `waiting` of them can't use its thread now. */
  readonly posted: number
  readonly waiting: number
}

/** The result of `runtime.stats`: counts of deliveries, and the lanes. */
export interface RuntimeStats extends LedgerCounts {
  /**
   * `sound`: every lane is up, or is draining before it is renewed. `degraded`: a lane is down;
   * either it is being replaced and its keys wait for it, or it was given up and its keys went to
   * the other lanes. `down`: all lanes were given up, and nothing more is accepted. `stopped`: the
   * runtime is stopping or has stopped.
   */
  readonly health: 'sound' | 'degraded' | 'down' | 'stopped'
  /** How many keys have work or state. */
  readonly keys: number
  /** Keys that have work and have settled nothing for `stallMs`, and what each waits for. */
  readonly stalled: readonly StalledKey[]
  readonly lanes: readonly LaneStats[]
  /**
   * Agents whose module files have changed since they were registered, where replaced lanes have
   * loaded the changed files.
   */
  readonly changedCode: readonly ChangedCode[]
}

export function statsOf(
  router: Router,
  changedCode: RuntimeStats['changedCode'],
  isStopped: boolean,
): RuntimeStats {
  const { ledger, placement, channels, stalled } = router
  const lanes = channels.map(({ index, generation, status, posted, handle }) => {
    return { lane: index, generation, status, posted, waiting: handle?.counters.waiting ?? 0 }
  })
  return {
    ...ledger.counts,
    health: isStopped ? 'stopped' : healthOf(lanes),
    keys: placement.keyCount,
    stalled: stalled(),
    lanes,
    changedCode,
  }
}

function healthOf(lanes: readonly LaneStats[]): RuntimeStats['health'] {
  const own = lanes.filter(({ lane }) => lane >= 0)
  if (own.every(({ status }) => status === 'gone')) return 'down'
  return own.every(({ status }) => status === 'up' || status === 'draining') ? 'sound' : 'degraded'
}
