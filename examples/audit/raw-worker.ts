import { parentPort } from 'node:worker_threads'
import { auditPackage } from './audit-package.ts'
import type { PackageScore } from './score.ts'
import { duplicatesIn, type ShardDuplicates } from './shard-duplicates.ts'
import type { Slice } from './slices.ts'
import type { AuditPackage } from './tree.ts'

/** Each order gets one answer. */
export type RawOrder =
  | { kind: 'warm' }
  | { kind: 'measure'; packages: readonly AuditPackage[]; maxFileBytes: number }
  | { kind: 'match'; shards: readonly (readonly Slice[])[] }

export type RawAnswer =
  | { kind: 'warmed' }
  | { kind: 'measured'; scores: readonly PackageScore[]; slices: readonly Slice[] }
  | { kind: 'matched'; shards: readonly ShardDuplicates[] }

function answer(order: RawOrder): RawAnswer {
  switch (order.kind) {
    case 'warm':
      return { kind: 'warmed' }
    case 'measure': {
      const audits = order.packages.map((found) => auditPackage(found, order.maxFileBytes))
      return {
        kind: 'measured',
        scores: audits.map((audit) => audit.score),
        slices: audits.flatMap((audit) => audit.slices),
      }
    }
    case 'match':
      return { kind: 'matched', shards: order.shards.map(duplicatesIn) }
  }
}

parentPort?.on('message', (order: RawOrder) => {
  const done = answer(order)
  const moved = done.kind === 'measured' ? done.slices.map(({ rows }) => rows.buffer) : []
  parentPort?.postMessage(done, moved)
})
