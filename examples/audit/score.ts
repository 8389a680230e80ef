import type { FunctionFigures } from './complexity.ts'
import type { LeftOut } from './left-out.ts'
import { byCodeUnit } from './listing.ts'
import type { FileFigures, UnparsableFile } from './measure.ts'
import type { LeftOutEntry, SkippedFile } from './source-files.ts'

/** What came of a file, or of something else in a package's folder. */
export type FileOutcome = FileFigures | UnparsableFile | SkippedFile | LeftOutEntry

export interface WorstFunction extends FunctionFigures {
  readonly path: string
}

export interface PackageScore {
  readonly name: string
  /** Its source files that were read, parsable or not; `bytes` are theirs. */
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
  /** Folders and links that nobody looked into. They are no files, and don't count in the score. */
  readonly leftOut: readonly LeftOut[]
  /** From 0, plain, to 100, hard to change. */
  readonly score: number
}

/** One package's figures and score, from the outcomes of its files in any order. */
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

/** Names that are not UTF-8 are shown by other characters, so two of them can look the same. */
function byPath(a: FileOutcome, b: FileOutcome): number {
  return byCodeUnit(a.path, b.path) || byCodeUnit(a.kind, b.kind)
}

/**
 * Up to 40 for the mean complexity of its functions above 1, up to 30 for the worst one above 10
 * (the limit that McCabe proposed), up to 20 for the longest above 50 lines, and 10 by the share of
 * files that nobody could look into. Each but the last grows as x / (x + half), half being where it
 * is worth half its points, so no single figure fills the scale.
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

/** The first of equals by path, since the files come sorted. */
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
