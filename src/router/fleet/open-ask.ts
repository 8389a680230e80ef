import type { Delivery } from '../ledger/delivery.ts'

/** A reply or a permit that a turn of a lane waits for. */
export interface OpenAsk {
  /** The turn that waits. */
  readonly asking: Delivery
  /** Nothing waits for it any more. */
  takeBack(reason: string): void
  /** Its lane has died. */
  orphan(): void
}
