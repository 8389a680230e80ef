import { availableParallelism } from 'node:os'
import { DEFAULT_ROOT } from './root.ts'

const MOST_LANES = 256

/** The options of the audit. */
export const SPEC = {
  command: 'npm start --',
  about: `Audits the JavaScript and TypeScript of a folder: how complex it is, and what was copied.
A node_modules is audited package by package, including the packages that pnpm, npm, Yarn or bun
store elsewhere and link to. In any other folder, a package is a folder whose package.json has a
name; installed packages, hidden folders and symbolic links are left out. The report names
everything that was left out.`,
  operands: { value: 'FOLDER', help: `what to audit (${DEFAULT_ROOT})`, most: 1 },
  options: {
    single: { kind: 'flag', help: 'runs on one thread instead of lanes' },
    compare: { kind: 'flag', help: 'compares lanes, one thread and raw workers' },
    lanes: {
      kind: 'count',
      help: 'how many lanes',
      least: 1,
      most: MOST_LANES,
      default: Math.min(availableParallelism(), MOST_LANES),
    },
    json: {
      kind: 'text',
      value: 'FILE',
      help: 'the file for the report',
      default: 'audit-report.json',
    },
    rows: {
      kind: 'count',
      help: 'how many rows each table has',
      least: 0,
      most: 100_000,
      default: 10,
    },
  },
  conflicts: [
    ['single', 'compare'],
    ['single', 'lanes'],
  ],
} as const
