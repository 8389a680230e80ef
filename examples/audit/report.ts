import type { Duplicates } from './duplicates.ts'
import type { LeftOut } from './left-out.ts'
import { byCodeUnit, byPath } from './listing.ts'
import type { PackageScore } from './score.ts'

export interface Totals {
  readonly packages: number
  /** How many files were read; the others are `skipped`. */
  readonly files: number
  readonly bytes: number
  readonly lines: number
  readonly functions: number
  readonly complexity: number
  readonly unparsable: number
  readonly skipped: number
  /** How many folders, links and manifests were not read, in packages and outside them. */
  readonly leftOut: number
}

export interface AuditReport {
  readonly totals: Totals
  /** Sorted by name. */
  readonly packages: readonly PackageScore[]
  readonly duplicates: Duplicates
  /** What was left out and belongs to no package, sorted by path. */
  readonly leftOut: readonly LeftOut[]
}

/** Makes the report, which is the same to the byte whatever the order of the packages. */
export function assembleReport(
  scores: Iterable<PackageScore>,
  duplicates: Duplicates,
  leftOut: readonly LeftOut[] = [],
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
      leftOut: total((score) => score.leftOut.length) + leftOut.length,
    },
    packages,
    duplicates,
    leftOut: leftOut.toSorted(byPath),
  }
}

export function reportJson(report: AuditReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
