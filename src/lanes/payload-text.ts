/**
 * Payloads on their way to another thread: as one JSON text where that gives the same values back, else as they are. For small payloads a
 * text costs both threads together about two thirds of what a structured clone does.
 */
import type { DeliverRecord, ToLane } from '../runtime/wire.ts'

/** A record as it is posted. */
export type Posted = Exclude<ToLane, DeliverRecord> | PostedDeliveries

type PostedDeliveries = Omit<DeliverRecord, 'payloads'> & {
  readonly payloads: readonly unknown[] | string
}

export function pack(record: ToLane): Posted {
  if (record.kind !== 'deliver' || record.form !== 'text') return record
  return { ...record, payloads: JSON.stringify(record.payloads) }
}

export function unpack(posted: Posted): ToLane {
  if (posted.kind !== 'deliver') return posted
  const { payloads } = posted
  return { ...posted, payloads: typeof payloads === 'string' ? JSON.parse(payloads) : payloads }
}
