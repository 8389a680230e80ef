import { auditPackage } from './audit-package.ts'
import { mergeDuplicates } from './duplicates.ts'
import { findPackages } from './find-packages.ts'
import { type AuditReport, assembleReport } from './report.ts'
import { duplicatesIn } from './shard-duplicates.ts'
import { SHARDS } from './slices.ts'
import { atOnce } from './steps.ts'

export interface AuditOptions {
  readonly maxFileBytes?: number
  /** Called when a package is done. */
  readonly onPackage?: (name: string) => void
}

/**
 * The whole audit in one loop on one thread. Every other way of running it must give the same
 * report.
 */
export function auditInLine(root: string, options: AuditOptions = {}): AuditReport {
  const { maxFileBytes, onPackage } = options
  const { packages, leftOut } = atOnce(findPackages(root))
  const audits = packages.map((found) => {
    const audit = auditPackage(found, maxFileBytes)
    onPackage?.(found.name)
    return audit
  })
  const slices = Map.groupBy(
    audits.flatMap((audit) => audit.slices),
    (slice) => slice.shard,
  )
  const shards = Array.from({ length: SHARDS }, (_, shard) => duplicatesIn(slices.get(shard) ?? []))
  return assembleReport(
    audits.map((audit) => audit.score),
    mergeDuplicates(shards),
    leftOut,
  )
}
