import type { Duplicates } from './duplicates.ts'
import { byCodeUnit } from './find-packages.ts'
import type { PackageScore } from './score.ts'

export interface Totals {
  readonly packages: number
  readonly files: number
  readonly bytes: number
  readonly lines: number
  readonly functions: number
  readonly complexity: number
  readonly unparsable: number
  readonly skipped: number
}

export interface AuditReport {
  readonly totals: Totals
  /** Sorted by name. */
  readonly packages: readonly PackageScore[]
  readonly duplicates: Duplicates
}

/** The report, the same to the byte whatever the order in which the packages come. */
export function assembleReport(
  scores: Iterable<PackageScore>,
  duplicates: Duplicates,
): AuditReport {
  const packages = [...scores].sort((a, b) => byCodeUnit(a.name, b.name))
  const total = (figure: (score: PackageScore) => number) =>
    packages.reduce((sum, score) => sum + figure(score), 0)
  return {
    totals: {
      packages: packages.length,
      files: total((score) => score.files),
      bytes: total((score) => score.bytes),
      lines: total((score) => score.lines),
      functions: total((score) => score.functions),
      complexity: total((score) => score.complexity),
      unparsable: total((score) => score.unparsable.length),
      skipped: total((score) => score.skipped.length),
    },
    packages,
    duplicates,
  }
}

export function reportJson(report: AuditReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
