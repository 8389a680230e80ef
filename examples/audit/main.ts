/** Audits a source tree: `npm start [-- DIR] [--single | --compare] [--lanes N] [--json FILE] [--rows N]`. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startAudit } from './audit.ts'
import { compare, renderComparison } from './compare.ts'
import { type AuditPackage, findPackages } from './find-packages.ts'
import { startProgress } from './progress.ts'
import { reportJson } from './report.ts'
import { renderTables } from './tables.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    single: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    lanes: { type: 'string', default: `${availableParallelism()}` },
    json: { type: 'string', default: 'audit-report.json' },
    rows: { type: 'string', default: '10' },
  },
})
const root = positionals[0] ?? 'node_modules'
const lanes = Number(values.lanes)
const style = process.stdout.isTTY ? 'colour' : 'plain'

if (!existsSync(root)) fail(`there is no directory ${root}`)
const packages = findPackages(root)
if (values.compare) await compareRuns(packages)
else await auditOnce(packages)

async function auditOnce(found: readonly AuditPackage[]): Promise<void> {
  const audit = await startAudit(values.single ? { kind: 'single' } : { kind: 'lanes', lanes })
  const progress = startProgress(`auditing ${root}`, found.length)
  try {
    const began = performance.now()
    const report = await audit.run(found, (name) => progress.step(1, name))
    const took = ((performance.now() - began) / 1000).toFixed(1)
    progress.stop()
    await writeFile(values.json, reportJson(report))
    console.log(renderTables(report, { rows: Number(values.rows), style }))
    console.log(
      `\n${took} s on ${values.single ? 'one thread' : `${lanes} lanes`}; the report is in ${values.json}`,
    )
  } finally {
    progress.stop()
    await audit.stop()
  }
}

async function compareRuns(found: readonly AuditPackage[]): Promise<void> {
  const comparison = await compare(found, lanes, (line) => console.error(line))
  await writeFile(values.json, comparison.report)
  console.log(renderComparison(comparison, lanes))
  if (!comparison.identical) fail('the reports differ')
}

function fail(problem: string): never {
  console.error(problem)
  process.exit(1)
}
