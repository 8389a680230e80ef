/** Audits a source tree: `npm start -- [FOLDER] [options]`; `npm start -- --help` lists them. */
import { CommandError } from '../../command-line/command-error.ts'
import { outputFile } from '../../command-line/output-file.ts'
import type { Command } from '../../command-line/parse.ts'
import { printable } from '../../command-line/printable.ts'
import { complain, print, runProgram } from '../../command-line/program.ts'
import { startAudit, type Threads } from './audit.ts'
import { SPEC } from './command.ts'
import { compare, renderComparison } from './compare.ts'
import { findPackages } from './find-packages.ts'
import { startProgress } from './progress.ts'
import { type AuditReport, reportJson } from './report.ts'
import { checkRoot, DEFAULT_ROOT } from './root.ts'
import { inSlices } from './steps.ts'
import { renderTables } from './tables.ts'
import type { Tree } from './tree.ts'

await runProgram(SPEC, async (command, signal) => {
  let written = false
  try {
    return await audited(command, signal, () => {
      written = true
    })
  } finally {
    const left = written ? 'the report was written' : 'no report was written'
    if (signal.aborted) complain(`interrupted; ${left}`)
  }
})

/** Calls `onWritten` when the report file is in its place. */
async function audited(
  { values, operands }: Command<typeof SPEC.options>,
  signal: AbortSignal,
  onWritten: () => void,
): Promise<0 | 1 | undefined> {
  const { single, lanes, json, rows } = values
  const root = operands[0] ?? DEFAULT_ROOT
  checkRoot(root)
  const file = await outputFile('--json', json)
  const tree = await inSlices(findPackages(root), () => signal.throwIfAborted())
  if (values.compare) {
    const comparison = await compare(tree, lanes, complain, signal)
    await file.write(comparison.report, signal)
    onWritten()
    print(renderComparison(comparison, lanes))
    if (!comparison.identical) throw new CommandError('the reports differ', 1)
    return undefined
  }
  const threads: Threads = single ? { kind: 'single' } : { kind: 'lanes', lanes }
  const { report, seconds } = await auditOnce(tree, threads, `auditing ${printable(root)}`, signal)
  const { isTTY, columns } = process.stdout
  const colours = isTTY && process.stdout.hasColors()
  const style = colours ? 'colour' : 'plain'
  // The tables come first, so that not everything is lost if the report can't be written.
  print(renderTables(report, { rows, style, ...(isTTY && { columns }) }))
  await file.write(reportJson(report), signal)
  onWritten()
  const where = single ? 'one thread' : `${lanes} ${lanes === 1 ? 'lane' : 'lanes'}`
  print(`\n${seconds.toFixed(1)} s on ${where}; the report is in ${printable(json)}`)
  return emptiness(root, tree, report)
}

interface Audited {
  readonly report: AuditReport
  readonly seconds: number
}

async function auditOnce(
  tree: Tree,
  threads: Threads,
  title: string,
  signal: AbortSignal,
): Promise<Audited> {
  const audit = await startAudit(threads)
  const progress = startProgress(title, tree.packages.length)
  const interrupt = () => {
    progress.stop()
    void audit.stop()
  }
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    signal.throwIfAborted()
    const began = performance.now()
    const report = await audit.run(tree, (name) => progress.step(1, name))
    return { report, seconds: (performance.now() - began) / 1_000 }
  } finally {
    signal.removeEventListener('abort', interrupt)
    progress.stop()
    await audit.stop()
  }
}

/**
 * Complains about an empty report, and returns the exit code. An empty report is a failure where
 * packages were to be expected.
 */
function emptiness(root: string, { layout }: Tree, { totals }: AuditReport): 0 | 1 {
  if (totals.files + totals.skipped > 0) return 0
  const left = totals.leftOut === 0 ? '' : `; entries left out: ${totals.leftOut}`
  if (layout === 'installed' && totals.packages === 0) {
    complain(`there is no package in ${printable(root)}${left}`)
    return 1
  }
  complain(`there is no JavaScript or TypeScript in ${printable(root)}${left}`)
  return 0
}
