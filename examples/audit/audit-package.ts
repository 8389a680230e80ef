import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditPackage } from './find-packages.ts'
import { type MeasuredFile, measureFile, type UnparsableFile } from './measure.ts'
import { type PackageScore, scorePackage } from './score.ts'
import { type Slice, slicesOf } from './slices.ts'
import { type SkippedFile, type SourceFile, sourceFiles } from './source-files.ts'

export interface PackageAudit {
  readonly score: PackageScore
  readonly slices: readonly Slice[]
}

/** The whole of one package in one go: read, parsed, measured, scored, cut into slices. */
export function auditPackage(found: AuditPackage, maxFileBytes?: number): PackageAudit {
  const { files, skipped } = sourceFiles(found, maxFileBytes)
  const outcomes = files.map((file) => readAndMeasure(found, file))
  const measured = outcomes.filter((outcome) => outcome.kind === 'measured')
  return {
    score: scorePackage(found.name, [...outcomes, ...skipped]),
    slices: slicesOf(found.name, measured),
  }
}

function readAndMeasure(
  { directory }: AuditPackage,
  { path, bytes }: SourceFile,
): MeasuredFile | UnparsableFile | SkippedFile {
  let text: string
  try {
    text = readFileSync(join(directory, path), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { kind: 'skipped', path, bytes, reason: `unreadable: ${code}` }
  }
  return measureFile(path, text)
}
