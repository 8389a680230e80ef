import Table from 'cli-table3'
import { byCodeUnit } from './find-packages.ts'
import type { AuditReport } from './report.ts'
import type { WorstFunction } from './score.ts'

export interface TableOptions {
  /** Rows of each table; 10 unless told. */
  readonly rows?: number
  /** Colours unless `plain`. */
  readonly style?: 'plain' | 'colour'
}

/** The most complex packages, the most duplicated code, and what could not be read. */
export function renderTables(report: AuditReport, options: TableOptions = {}): string {
  return [
    'Most complex packages',
    complexTable(report, options),
    '',
    'Most duplicated code',
    duplicatedTable(report, options),
    '',
    summary(report),
  ].join('\n')
}

function complexTable({ packages }: AuditReport, { rows = 10, style }: TableOptions): string {
  const head = ['package', 'score', 'files', 'functions', 'complexity', 'worst function', 'lines']
  const aligns = ['left', 'right', 'right', 'right', 'right', 'left', 'right'] as const
  const table = emptyTable(head, aligns, style)
  const sorted = packages.toSorted((a, b) => b.score - a.score || byCodeUnit(a.name, b.name))
  for (const found of sorted.slice(0, rows)) {
    table.push([
      shortened(found.name),
      found.score.toFixed(1),
      found.files,
      found.functions,
      found.complexity,
      worstText(found.worst),
      found.longest?.lines ?? '',
    ])
  }
  return table.toString()
}

function duplicatedTable({ duplicates }: AuditReport, { rows = 10, style }: TableOptions): string {
  const head = ['package', 'shares with', 'prints', 'of smaller', 'files', 'most in']
  const aligns = ['left', 'left', 'right', 'right', 'right', 'left'] as const
  const table = emptyTable(head, aligns, style)
  for (const pair of duplicates.packages.slice(0, rows)) {
    const most = pair.files[0]
    table.push([
      shortened(pair.left),
      shortened(pair.right),
      pair.shared,
      `${(pair.share * 100).toFixed(0)} %`,
      pair.filePairs,
      most === undefined ? '' : `${shortened(most.left.path)}:${most.left.line}`,
    ])
  }
  return table.toString()
}

function summary({ totals, packages }: AuditReport): string {
  const megabytes = (totals.bytes / 1e6).toFixed(1)
  const unread = packages.flatMap(({ name, unparsable, skipped }) =>
    [...unparsable, ...skipped].map(({ path, reason }) => `  ${name}/${path}: ${reason}`),
  )
  return [
    `${totals.packages} packages, ${totals.files} files, ${megabytes} MB, ${totals.lines} lines`,
    `${totals.unparsable} could not be parsed, ${totals.skipped} skipped`,
    ...unread,
  ].join('\n')
}

function emptyTable(
  head: string[],
  aligns: readonly ('left' | 'right')[],
  style: TableOptions['style'] = 'colour',
): Table.Table {
  const plain = { head: [], border: [] }
  return new Table({ head, colAligns: [...aligns], style: style === 'plain' ? plain : {} })
}

function worstText(worst: WorstFunction | null): string {
  if (worst === null) return ''
  return `${worst.complexity} ${shortened(worst.name)}\n${shortened(worst.path)}:${worst.line}`
}

/** Keeps the end, where paths differ. */
function shortened(text: string, width = 32): string {
  return text.length <= width ? text : `…${text.slice(1 - width)}`
}
