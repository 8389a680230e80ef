/**
 * Payloads on their way to another thread: as one JSON text where that preserves the values,
 * otherwise as they are. For small payloads a text costs both threads together about two thirds of
 * a structured clone.
 */
import type { CommitRecord, DeliverRecord, FromLane, OutboxColumns, ToLane } from './wire.ts'

type Packed<R extends Batch> = Omit<R, 'payloads'> & {
  readonly payloads: readonly unknown[] | string
}

interface Batch {
  readonly payloads: readonly unknown[]
  readonly form: 'text' | 'cloned'
}

/** A record to a lane, as it is posted. */
export type PostedToLane = Exclude<ToLane, DeliverRecord> | Packed<DeliverRecord>

/** A record of a lane, as it is posted. */
export type PostedFromLane =
  | Exclude<FromLane, CommitRecord>
  | (Omit<CommitRecord, 'outbox'> & { readonly outbox: Packed<OutboxColumns> | undefined })

export function packToLane(record: ToLane): PostedToLane {
  return record.kind === 'deliver' ? packed(record) : record
}

export function unpackToLane(posted: PostedToLane): ToLane {
  return posted.kind === 'deliver' ? unpacked<DeliverRecord>(posted) : posted
}

export function packFromLane(record: FromLane): PostedFromLane {
  if (record.kind !== 'commit' || record.outbox === undefined) return record
  return { ...record, outbox: packed(record.outbox) }
}

export function unpackFromLane(posted: PostedFromLane): FromLane {
  if (posted.kind !== 'commit') return posted
  const { outbox } = posted
  return { ...posted, outbox: outbox && unpacked<OutboxColumns>(outbox) }
}

function packed<R extends Batch>(batch: R): Packed<R> {
  if (batch.form !== 'text' || batch.payloads.length === 0) return batch
  return { ...batch, payloads: JSON.stringify(batch.payloads) }
}

function unpacked<R extends Batch>(batch: Packed<R>): R {
  const { payloads } = batch
  return { ...batch, payloads: typeof payloads === 'string' ? JSON.parse(payloads) : payloads } as R
}
