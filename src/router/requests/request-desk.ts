/** What all callers that wait for a reply need from the router. */
import type { JudgingClock } from '../../judging-clock.ts'
import type { Deadlines } from '../ledger/deadlines.ts'
import type { Delivery } from '../ledger/delivery.ts'

/** What an asker needs from the router. */
export interface RequestDesk {
  readonly clock: JudgingClock
  readonly deadlines: Deadlines
  readonly requestDeadlineMs: number
  readonly cancel: (delivery: Delivery, reason: string) => void
  /** Called for an answer that comes outside of the router's own steps, so that it leaves soon. */
  readonly answered: () => void
}
