import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { type LeftOut, NOT_UTF8, unreadable } from './left-out.ts'
import { byCodeUnit, byPath, isSource, listFolder, reasonToLeaveOut } from './listing.ts'
import { MAX_FILE_BYTES, tooLarge } from './read-file.ts'
import type { Steps } from './steps.ts'
import type { AuditPackage } from './tree.ts'

export interface SourceFile {
  /** Below the package's directory, with forward slashes. */
  readonly path: string
  readonly bytes: number
}

/** A source file that could not be read. */
export interface SkippedFile extends SourceFile {
  readonly kind: 'skipped'
  readonly reason: string
}

/** A folder or a link that may hold more source. */
export interface LeftOutEntry extends LeftOut {
  readonly kind: 'left-out'
}

export interface PackageFiles {
  readonly files: readonly SourceFile[]
  readonly skipped: readonly SkippedFile[]
  readonly leftOut: readonly LeftOutEntry[]
}

/**
 * Finds a package's JavaScript and TypeScript files, sorted by path, without the packages inside
 * it. It never fails: what can't be read is listed as left out, with the reason.
 */
export function* sourceFiles(
  { directory, inner }: AuditPackage,
  maxFileBytes: number = MAX_FILE_BYTES,
): Steps<PackageFiles> {
  const files: SourceFile[] = []
  const skipped: SkippedFile[] = []
  const leftOut: LeftOutEntry[] = []
  const others = new Set(inner)
  const pending = ['']
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    yield
    const listing = listFolder(join(directory, prefix))
    if (listing.kind === 'unreadable') {
      const path = prefix === '' ? '.' : prefix.slice(0, -1)
      leftOut.push({ kind: 'left-out', path, reason: listing.reason })
      continue
    }
    for (const entry of listing.entries) {
      const { name, kind } = entry
      const path = prefix + name
      if (kind === 'folder' && (name === 'node_modules' || others.has(path))) continue
      const reason = reasonToLeaveOut(entry, join(directory, path))
      if (reason === NOT_UTF8 && kind === 'file') {
        skipped.push({ kind: 'skipped', path, bytes: 0, reason })
      } else if (reason !== undefined) {
        leftOut.push({ kind: 'left-out', path, reason })
      } else if (kind === 'folder') {
        pending.push(`${path}/`)
      } else if (kind === 'file' && isSource(name)) {
        const sized = sizedFile(directory, path, maxFileBytes)
        if ('kind' in sized) skipped.push(sized)
        else files.push(sized)
      }
    }
  }
  files.sort((a, b) => byCodeUnit(a.path, b.path))
  return { files, skipped: skipped.sort(byPath), leftOut: leftOut.sort(byPath) }
}

function sizedFile(directory: string, path: string, maxBytes: number): SourceFile | SkippedFile {
  try {
    const bytes = lstatSync(join(directory, path)).size
    if (bytes <= maxBytes) return { path, bytes }
    return { kind: 'skipped', path, bytes, reason: tooLarge(maxBytes) }
  } catch (error) {
    return { kind: 'skipped', path, bytes: 0, reason: unreadable(error) }
  }
}
