/** What a runtime says of itself, at one moment. */
import type { LedgerCounts } from './ledger.ts'
import type { Router } from './router.ts'
import type { StalledKey } from './stall-watch.ts'

/** One lane, at this moment. */
export interface LaneStats {
  readonly lane: number
  readonly generation: number
  /** `draining`: its heap is full; it finishes what it has, and is renewed. `gone`: given up; its keys went to the others. */
  readonly status: 'starting' | 'up' | 'draining' | 'gone'
  /** Deliveries on the lane; `waiting` of them can't use its thread now. */
  readonly posted: number
  readonly waiting: number
}

/** What `runtime.stats` returns: counts of deliveries, and the lanes. */
export interface RuntimeStats extends LedgerCounts {
  /** `degraded`: some lanes were given up. `down`: all of them were, and nothing more is accepted. */
  readonly health: 'sound' | 'degraded' | 'down'
  /** Keys that have work or state. */
  readonly keys: number
  /** Keys that have work and have settled nothing for `stallMs`, and what each waits for. */
  readonly stalled: readonly StalledKey[]
  readonly lanes: readonly LaneStats[]
}

export function statsOf({ ledger, placement, channels, stalled }: Router): RuntimeStats {
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
  const gone = own.filter(({ status }) => status === 'gone').length
  if (gone === 0) return 'sound'
  return gone === own.length ? 'down' : 'degraded'
}
