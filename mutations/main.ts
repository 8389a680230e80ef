/**
 * Breaks the runtime, one mechanism at a time, in a copy of the project, and runs the tests that
 * must fail. A mutant that survives shows that a test is missing. `npm run mutations [-- TEXT …]`
 * runs the mutants whose line or name contains one of these strings. `--table` runs all mutants and
 * writes the table of docs/contract.md.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { usageError } from '../command-line/command-error.ts'
import { print, runProgram } from '../command-line/program.ts'
import { ALL, mutated } from './all.ts'
import type { Mutant } from './mutants.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const NOT_COPIED = ['.git', 'node_modules', 'dist']
const isCopied = (path: string) => !NOT_COPIED.includes(basename(path))
/** How long one test and a whole test run may take: a broken runtime may hang. */
const BROKEN = { testMs: 30_000, runMs: 300_000 }
/**
 * The same for the unbroken project, which runs the tests of all mutants at once: the machine may
 * be slow.
 */
const UNBROKEN = { testMs: 60_000, runMs: 1_200_000 }

const SPEC = {
  command: 'npm run mutations --',
  about: 'Breaks the runtime, one mechanism at a time, and runs the tests that must fail.',
  operands: {
    value: 'TEXT …',
    help: 'runs only the mutants whose line or name contains one of these',
    most: 99,
  },
  options: {
    table: { kind: 'flag', help: 'runs all mutants and writes the table of docs/contract.md' },
  },
} as const

await runProgram(SPEC, async ({ values, operands }, signal) => {
  if (values.table && operands.length > 0) {
    throw usageError(`--table needs a run of all mutants; leave '${operands[0]}' out`)
  }
  const chosen = chosenBy(operands)
  const copy = mkdtempSync(join(tmpdir(), 'heddle-mutations-'))
  const rows: string[] = []
  let survivors = 0
  try {
    for (const path of readdirSync(ROOT)) {
      if (!isCopied(path)) continue
      cpSync(join(ROOT, path), join(copy, path), { recursive: true, filter: isCopied })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    // a mutant that does not match the sources is reported before any is run
    for (const mutant of chosen) mutated(mutant, readIn(copy))
    const tests = [...new Set(chosen.flatMap(({ tests }) => tests))]
    const before = await firstFailure(copy, tests, signal, UNBROKEN)
    if (before !== undefined) throw new Error(`the project fails without a mutant: ${before}`)
    for (const mutant of chosen) {
      const caughtBy = await catcherOf(copy, mutant, signal)
      if (caughtBy === undefined) survivors++
      print(`${caughtBy === undefined ? 'SURVIVED' : 'caught  '} ${mutant.line} ${mutant.name}`)
      if (caughtBy !== undefined) print(`         by: ${caughtBy}`)
      rows.push(`| ${mutant.line} | ${mutant.name} | ${caughtBy ?? '**none**'} |`)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
  print(`\n${chosen.length} mutants, ${survivors} survived`)
  if (values.table) writeTable(rows)
  return survivors === 0 ? 0 : 1
})

function chosenBy(texts: readonly string[]): Mutant[] {
  if (texts.length === 0) return [...ALL]
  const has = (text: string) => ALL.filter(({ line, name }) => `${line} ${name}`.includes(text))
  const unknown = texts.find((text) => has(text).length === 0)
  if (unknown !== undefined) throw usageError(`no mutant has '${unknown}' in its line or name`)
  const chosen = new Set(texts.flatMap(has))
  return ALL.filter((mutant) => chosen.has(mutant))
}

/** The first test that fails on the mutant, or undefined if none does. */
async function catcherOf(
  copy: string,
  mutant: Mutant,
  signal: AbortSignal,
): Promise<string | undefined> {
  const read = readIn(copy)
  const texts = [...mutated(mutant, read)].map(([file, text]) => [file, text, read(file)] as const)
  try {
    for (const [file, text] of texts) writeFileSync(join(copy, file), text)
    return await firstFailure(copy, mutant.tests, signal)
  } finally {
    for (const [file, , original] of texts) writeFileSync(join(copy, file), original)
  }
}

function readIn(copy: string): (file: string) => string {
  return (file) => readFileSync(join(copy, file), 'utf8')
}

async function firstFailure(
  copy: string,
  tests: readonly string[],
  signal: AbortSignal,
  { testMs, runMs } = BROKEN,
): Promise<string | undefined> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const report = join(copy, 'report.json')
  const output = ['--reporter=json', `--outputFile=${report}`]
  const args = [vitest, 'run', '--bail=1', `--testTimeout=${testMs}`, ...output, ...tests]
  rmSync(report, { force: true })
  const child = spawn(process.execPath, args, { cwd: copy, timeout: runMs, stdio: 'ignore' })
  const end = () => void child.kill()
  signal.addEventListener('abort', end, { once: true })
  const [code] = await once(child, 'exit').finally(() => signal.removeEventListener('abort', end))
  signal.throwIfAborted()
  if (code === 0) return undefined
  return failedIn(report) ?? 'the test run, which did not end'
}

interface Report {
  readonly testResults: readonly {
    /** The path of the test file. */
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly title: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

function failedIn(path: string): string | undefined {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report
    const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
    const failed = results.find(({ status }) => status === 'failed')
    if (failed !== undefined) return `${failed.title}${hasHung(failed) ? ', by its time' : ''}`
    const broken = report.testResults.find(({ status }) => status === 'failed')?.name
    return broken === undefined ? undefined : `${basename(broken)}, which could not be run`
  } catch {
    return undefined
  }
}

/**
 * Whether the only sign is that the test did not end. That is sign enough for a break that makes
 * its test wait without end.
 */
function hasHung({ failureMessages }: { readonly failureMessages: readonly string[] }): boolean {
  return failureMessages.some((message) => message.includes('timed out'))
}

function writeTable(rows: readonly string[]): void {
  const path = join(ROOT, 'docs/contract.md')
  const [begin, end] = ['<!-- mutants -->', '<!-- end of mutants -->']
  const text = readFileSync(path, 'utf8')
  const table = ['| line | broken so that | caught by the test |', '|---|---|---|', ...rows].join(
    '\n',
  )
  const before = text.slice(0, text.indexOf(begin) + begin.length)
  writeFileSync(path, `${before}\n${table}\n${text.slice(text.indexOf(end))}`)
}
