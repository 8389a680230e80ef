import { availableParallelism } from 'node:os'
import { DEFAULT_ROOT } from './root.ts'

const MOST_LANES = 256

/** What the audit takes. */
export const SPEC = {
  command: 'npm start --',
  about: `Audits the JavaScript and TypeScript of a folder: how complex it is, and what was copied.
A node_modules is audited package by package, with what pnpm, npm, Yarn or bun keep beside it for
its links. In any other folder the packages are those whose package.json has a name; installed
packages, hidden folders and symbolic links in it are left out. The report names all that was left
out.`,
  operands: { value: 'FOLDER', help: `what to audit (${DEFAULT_ROOT})`, most: 1 },
  options: {
    single: { kind: 'flag', help: 'on one thread instead of lanes' },
    compare: { kind: 'flag', help: 'on lanes, on one thread and on raw workers, side by side' },
    lanes: {
      kind: 'count',
      help: 'how many threads',
      least: 1,
      most: MOST_LANES,
      default: Math.min(availableParallelism(), MOST_LANES),
    },
    json: {
      kind: 'text',
      value: 'FILE',
      help: 'where the report goes',
      default: 'audit-report.json',
    },
    rows: { kind: 'count', help: 'rows of each table', least: 0, most: 100_000, default: 10 },
  },
  conflicts: [
    ['single', 'compare'],
    ['single', 'lanes'],
  ],
} as const
