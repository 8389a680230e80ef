/** What everyone who waits for a reply needs of the router. */
import type { JudgingClock } from '../../judging-clock.ts'
import type { Deadlines } from '../ledger/deadlines.ts'
import type { Delivery } from '../ledger/delivery.ts'

/** What an asker needs of the router. */
export interface RequestDesk {
  readonly clock: JudgingClock
  readonly deadlines: Deadlines
  readonly requestDeadlineMs: number
  readonly cancel: (delivery: Delivery, reason: string) => void
  /** An answer came from nothing that the router does by itself: let it leave. */
  readonly answered: () => void
}
