import type { FunctionFigures } from './complexity.ts'
import type { LeftOut } from './left-out.ts'
import { byCodeUnit } from './listing.ts'
import type { FileFigures, UnparsableFile } from './measure.ts'
import type { LeftOutEntry, SkippedFile } from './source-files.ts'

/** The outcome of a file, or of something else in a package's folder. */
export type FileOutcome = FileFigures | UnparsableFile | SkippedFile | LeftOutEntry

export interface WorstFunction extends FunctionFigures {
  readonly path: string
}

export interface PackageScore {
  readonly name: string
  /** How many of its source files were read, parsable or not. `bytes` is their size. */
  readonly files: number
  readonly bytes: number
  readonly lines: number
  readonly functions: number
  readonly complexity: number
  readonly worst: WorstFunction | null
  readonly longest: WorstFunction | null
  readonly recovered: readonly { readonly path: string; readonly errors: number }[]
  readonly unparsable: readonly { readonly path: string; readonly reason: string }[]
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  /** Folders and links that were not followed. They are not files, and don't count in the score. */
  readonly leftOut: readonly LeftOut[]
  /** From 0 (simple) to 100 (hard to change). */
  readonly score: number
}

/** One package's figures and score. The outcomes of its files may come in any order. */
export function scorePackage(name: string, outcomes: Iterable<FileOutcome>): PackageScore {
  const sorted = [...outcomes].sort(byPath)
  const leftOut = sorted.filter((entry) => entry.kind === 'left-out')
  const all = sorted.filter((entry) => entry.kind !== 'left-out')
  const measured = all.filter((file) => file.kind === 'measured')
  const unparsable = all.filter((file) => file.kind === 'unparsable')
  const skipped = all.filter((file) => file.kind === 'skipped')
  const functions = sum(measured, (file) => file.functions)
  const complexity = sum(measured, (file) => file.complexity)
  const worst = highest(measured, 'worst', (found) => found.complexity)
  const longest = highest(measured, 'longest', (found) => found.lines)
  const read = [...measured, ...unparsable]
  const unread = unparsable.length + skipped.length
  return {
    name,
    files: read.length,
    bytes: sum(read, (file) => file.bytes),
    lines: sum(measured, (file) => file.lines),
    functions,
    complexity,
    worst,
    longest,
    recovered: measured
      .filter((file) => file.recovered > 0)
      .map(({ path, recovered }) => ({ path, errors: recovered })),
    unparsable: unparsable.map(({ path, reason }) => ({ path, reason })),
    skipped: skipped.map(({ path, reason }) => ({ path, reason })),
    leftOut: leftOut.map(({ path, reason }) => ({ path, reason })),
    score: scoreOf({
      mean: functions === 0 ? 0 : complexity / functions,
      worst: worst?.complexity ?? 0,
      longest: longest?.lines ?? 0,
      unread: all.length === 0 ? 0 : unread / all.length,
    }),
  }
}

/** Also compares kinds, since two names that are not UTF-8 may look the same. */
function byPath(a: FileOutcome, b: FileOutcome): number {
  return byCodeUnit(a.path, b.path) || byCodeUnit(a.kind, b.kind)
}

/**
 * Up to 40 points for the mean complexity of its functions above 1, up to 30 for the most complex
 * one above 10 (the limit that McCabe proposed), up to 20 for the longest one above 50 lines, and
 * up to 10 for the share of files that could not be read. All but the last grow as x / (x + half),
 * where `half` is the value that gives half the points, so that no single figure fills the scale.
 */
function scoreOf(of: { mean: number; worst: number; longest: number; unread: number }): number {
  const points =
    40 * saturated(of.mean - 1, 3) +
    30 * saturated(of.worst - 10, 40) +
    20 * saturated(of.longest - 50, 200) +
    10 * of.unread
  return Math.round(points * 10) / 10
}

function saturated(value: number, half: number): number {
  return value <= 0 ? 0 : value / (value + half)
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0)
}

/** Of equal ones, the first by path, since the files come sorted. */
function highest(
  files: readonly FileFigures[],
  which: 'worst' | 'longest',
  figure: (found: FunctionFigures) => number,
): WorstFunction | null {
  let best: WorstFunction | null = null
  for (const file of files) {
    const found = file[which]
    if (found !== null && (best === null || figure(found) > figure(best))) {
      best = { path: file.path, ...found }
    }
  }
  return best
}
