import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import { printable } from '../../command-line/printable.ts'
import { byCodeUnit } from './listing.ts'
import type { AuditReport } from './report.ts'
import type { WorstFunction } from './score.ts'

export interface TableOptions {
  /**
   * How many rows each table has, and how many lines the list of what was left out. Default: 10.
   */
  readonly rows?: number
  /** Default: `colour`. */
  readonly style?: 'plain' | 'colour'
  /** The width of the terminal. To fit it, names are cut, and then columns are left out. */
  readonly columns?: number
}

interface Column<T> {
  readonly head: string
  readonly align: 'left' | 'right'
  readonly text: (row: T, width: number) => string
}

/** How many characters of a name are shown: the first width that fits. */
const NAME_WIDTHS = [32, 24, 16]

/** The most complex packages, the most duplicated code, and what was left out. */
export function renderTables(report: AuditReport, options: TableOptions = {}): string {
  return [
    'Most complex packages',
    complexTable(report, options),
    '',
    'Most duplicated code',
    duplicatedTable(report, options),
    '',
    summary(report, options),
  ].join('\n')
}

function complexTable({ packages }: AuditReport, options: TableOptions): string {
  const sorted = packages.toSorted((a, b) => b.score - a.score || byCodeUnit(a.name, b.name))
  return fitting(sorted, options, [
    { head: 'package', align: 'left', text: ({ name }, width) => shortened(name, width) },
    { head: 'score', align: 'right', text: ({ score }) => score.toFixed(1) },
    { head: 'files', align: 'right', text: ({ files }) => `${files}` },
    { head: 'functions', align: 'right', text: ({ functions }) => `${functions}` },
    { head: 'complexity', align: 'right', text: ({ complexity }) => `${complexity}` },
    { head: 'worst function', align: 'left', text: ({ worst }, width) => worstText(worst, width) },
    { head: 'lines', align: 'right', text: ({ longest }) => `${longest?.lines ?? ''}` },
  ])
}

function duplicatedTable({ duplicates }: AuditReport, options: TableOptions): string {
  return fitting(duplicates.packages, options, [
    { head: 'package', align: 'left', text: ({ left }, width) => shortened(left, width) },
    { head: 'shares with', align: 'left', text: ({ right }, width) => shortened(right, width) },
    { head: 'prints', align: 'right', text: ({ shared }) => `${shared}` },
    { head: 'of smaller', align: 'right', text: ({ share }) => `${(share * 100).toFixed(0)} %` },
    { head: 'files', align: 'right', text: ({ filePairs }) => `${filePairs}` },
    {
      head: 'most in',
      align: 'left',
      text: ({ files: [most] }, width) =>
        most === undefined ? '' : `${shortened(most.left.path, width)}:${most.left.line}`,
    },
  ])
}

/** The table with the longest names that fit, or without its last columns if none fit. */
function fitting<T>(
  all: readonly T[],
  { rows = 10, style = 'colour', columns = Number.POSITIVE_INFINITY }: TableOptions,
  shown: readonly Column<T>[],
): string {
  const items = all.slice(0, rows)
  const draw = (some: readonly Column<T>[], width: number) => {
    const plain = { head: [], border: [] }
    const table = new Table({
      head: some.map(({ head }) => head),
      colAligns: some.map(({ align }) => align),
      style: style === 'plain' ? plain : {},
    })
    for (const item of items) table.push(some.map(({ text }) => text(item, width)))
    return table.toString()
  }
  for (const width of NAME_WIDTHS) {
    const drawn = draw(shown, width)
    if (widthOf(drawn) <= columns) return drawn
  }
  const narrowest = NAME_WIDTHS.at(-1) ?? 0
  for (let count = shown.length - 1; count > 2; count--) {
    const drawn = draw(shown.slice(0, count), narrowest)
    if (widthOf(drawn) <= columns) return drawn
  }
  return draw(shown.slice(0, 2), narrowest)
}

function widthOf(drawn: string): number {
  return Math.max(...drawn.split('\n').map((line) => stripVTControlCharacters(line).length))
}

function summary({ totals, packages, leftOut }: AuditReport, { rows = 10 }: TableOptions): string {
  const megabytes = (totals.bytes / 1e6).toFixed(1)
  const below = (name: string, path: string) => (name === '.' ? path : `${name}/${path}`)
  const unread = packages.flatMap(({ name, unparsable, skipped }) =>
    [...unparsable, ...skipped].map(({ path, reason }) => ({ path: below(name, path), reason })),
  )
  const unseen = packages.flatMap(({ name, leftOut }) =>
    leftOut.map(({ path, reason }) => ({ path: below(name, path), reason })),
  )
  const all = [...unread, ...leftOut, ...unseen].map(
    ({ path, reason }) => `  ${shortened(path, 100)}: ${shortened(reason, 200)}`,
  )
  const more = all.length > rows ? [`  … and ${all.length - rows} more, in the report`] : []
  return [
    `${totals.packages} packages, ${totals.files} files, ${megabytes} MB, ${totals.lines} lines`,
    `${totals.unparsable} could not be parsed, ${totals.skipped} skipped, ${totals.leftOut} other entries left out`,
    ...all.slice(0, rows),
    ...more,
  ].join('\n')
}

function worstText(worst: WorstFunction | null, width: number): string {
  if (worst === null) return ''
  const { complexity, name, path, line } = worst
  return `${complexity} ${shortened(name, width)}\n${shortened(path, width)}:${line}`
}

/** Keeps the end, where paths differ. */
function shortened(text: string, width: number): string {
  const characters = [...printable(text)]
  return characters.length <= width
    ? characters.join('')
    : `…${characters.slice(1 - width).join('')}`
}
