import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditPackage, byCodeUnit, directoriesIn } from './find-packages.ts'

/**
 * Above this a file is left out and named in the report. Hand-written sources and nearly all
 * bundles lie far below; a syntax tree takes about 60 times its source, so 4 MiB are 250 MB.
 */
export const MAX_FILE_BYTES = 4 * 1024 * 1024

export interface SourceFile {
  /** Below the package's directory, with forward slashes. */
  readonly path: string
  readonly bytes: number
}

export interface SkippedFile extends SourceFile {
  readonly kind: 'skipped'
  readonly reason: string
}

export interface PackageFiles {
  readonly files: readonly SourceFile[]
  readonly skipped: readonly SkippedFile[]
}

const SOURCE = /\.[cm]?[jt]s$|\.[jt]sx$/

/** A package's JavaScript and TypeScript files, sorted by path; packages inside it are not part. */
export function sourceFiles(
  { directory, inner }: AuditPackage,
  maxFileBytes: number = MAX_FILE_BYTES,
): PackageFiles {
  const files: SourceFile[] = []
  const skipped: SkippedFile[] = []
  for (const path of pathsIn(directory, '', new Set(inner)).sort(byCodeUnit)) {
    const bytes = statSync(join(directory, path)).size
    if (bytes <= maxFileBytes) files.push({ path, bytes })
    else skipped.push({ kind: 'skipped', path, bytes, reason: 'too large' })
  }
  return { files, skipped }
}

function pathsIn(directory: string, prefix: string, inner: ReadonlySet<string>): string[] {
  const entries = readdirSync(directory, { withFileTypes: true })
  const own = entries
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) => prefix + entry.name)
  const below = directoriesIn(entries)
    .filter((name) => name !== 'node_modules' && !inner.has(prefix + name))
    .flatMap((name) => pathsIn(join(directory, name), `${prefix}${name}/`, inner))
  return [...own, ...below]
}
