/**
 * Breaks the runtime, one mechanism at a time, in a copy of the project, and runs the tests that must tell. A mutant that survives is a
 * missing test. `npm run mutations [-- TEXT …]`: those whose line or name has one of these texts; `--table` writes the table of
 * docs/contract.md from a run of all.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MUTANTS, type Mutant } from './mutants.ts'
import { TEAM_MUTANTS } from './team-mutants.ts'
import { TURN_MUTANTS } from './turn-mutants.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const COPIED = [
  'src',
  'workers',
  'test',
  'simulation',
  'package.json',
  'vitest.config.ts',
  'tsconfig.json',
]
/** A broken runtime may hang: its tests are not waited for longer than this. */
const TEST_MS = 8_000
const RUN_MS = 180_000

const { values, positionals } = parseArgs({
  options: { table: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const chosen = [...MUTANTS, ...TURN_MUTANTS, ...TEAM_MUTANTS].filter(({ line, name }) => {
  return positionals.length === 0 || positionals.some((text) => `${line} ${name}`.includes(text))
})
const copy = mkdtempSync(join(tmpdir(), 'heddle-mutations-'))
const rows: string[] = []
let survivors = 0
try {
  for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  for (const mutant of chosen) restore(broken(mutant)) // one that does not fit is told before any is run
  const before = firstFailure([...new Set(chosen.flatMap(({ tests }) => tests))])
  if (before !== undefined) throw new Error(`unbroken, the project fails already: ${before}`)
  for (const mutant of chosen) {
    const told = tellerOf(mutant)
    if (told === undefined) survivors++
    console.log(`${told === undefined ? 'SURVIVED' : 'told    '} ${mutant.line} ${mutant.name}`)
    if (told !== undefined) console.log(`         by: ${told}`)
    rows.push(`| ${mutant.line} | ${mutant.name} | ${told ?? '**nobody**'} |`)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(`\n${chosen.length} mutants, ${survivors} survived`)
if (values.table) writeTable()
process.exitCode = survivors === 0 ? 0 : 1

/** The first test that fails on the mutant; undefined: none does. */
function tellerOf(mutant: Mutant): string | undefined {
  const originals = broken(mutant)
  try {
    return firstFailure(mutant.tests)
  } finally {
    restore(originals)
  }
}

/** Applies a mutant. Returns the files that it changed, as they were. */
function broken({ edits, name }: Mutant): Map<string, string> {
  const originals = new Map<string, string>()
  for (const [file, from, to] of edits) {
    const path = join(copy, file)
    const text = readFileSync(path, 'utf8')
    if (!originals.has(path)) originals.set(path, text)
    if (text.split(from).length !== 2) throw new Error(`'${name}' does not fit ${file}: ${from}`)
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
  }
  return originals
}

function restore(originals: ReadonlyMap<string, string>): void {
  for (const [path, text] of originals) writeFileSync(path, text)
}

function firstFailure(tests: readonly string[]): string | undefined {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const report = join(copy, 'report.json')
  const output = ['--reporter=json', `--outputFile=${report}`]
  const args = [vitest, 'run', '--bail=1', `--testTimeout=${TEST_MS}`, ...output, ...tests]
  rmSync(report, { force: true })
  const { status } = spawnSync(process.execPath, args, {
    cwd: copy,
    timeout: RUN_MS,
    stdio: 'ignore',
  })
  if (status === 0) return undefined
  return failedIn(report) ?? 'the test run, which did not come to its end'
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[]
  }[]
}

function failedIn(path: string): string | undefined {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report
    const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
    return results.find(({ status }) => status === 'failed')?.title
  } catch {
    return undefined
  }
}

function writeTable(): void {
  const path = join(ROOT, 'docs/contract.md')
  const [begin, end] = ['<!-- mutants -->', '<!-- end of mutants -->']
  const text = readFileSync(path, 'utf8')
  const table = ['| line | broken so that | told by the test |', '|---|---|---|', ...rows].join(
    '\n',
  )
  const before = text.slice(0, text.indexOf(begin) + begin.length)
  writeFileSync(path, `${before}\n${table}\n${text.slice(text.indexOf(end))}`)
}
