import { join } from 'node:path'
import { type MeasuredFile, measureFile, type UnparsableFile } from './measure.ts'
import { readFileAtOnce } from './read-file.ts'
import { type PackageScore, scorePackage } from './score.ts'
import { type Slice, slicesOf } from './slices.ts'
import { type SkippedFile, sourceFiles } from './source-files.ts'
import { atOnce } from './steps.ts'
import type { AuditPackage } from './tree.ts'

export interface PackageAudit {
  readonly score: PackageScore
  readonly slices: readonly Slice[]
}

/** Audits one package in one go: reads, parses, measures and scores it, and cuts it into slices. */
export function auditPackage(found: AuditPackage, maxFileBytes?: number): PackageAudit {
  const { files, skipped, leftOut } = atOnce(sourceFiles(found, maxFileBytes))
  const outcomes = files.map(({ path }) => readAndMeasure(found, path, maxFileBytes))
  const measured = outcomes.filter((outcome) => outcome.kind === 'measured')
  return {
    score: scorePackage(found.name, [...outcomes, ...skipped, ...leftOut]),
    slices: slicesOf(found.name, measured),
  }
}

function readAndMeasure(
  { directory }: AuditPackage,
  path: string,
  maxFileBytes: number | undefined,
): MeasuredFile | UnparsableFile | SkippedFile {
  const file = readFileAtOnce(join(directory, path), maxFileBytes)
  return file.kind === 'read' ? measureFile(path, file.text, file.bytes) : { ...file, path }
}
