import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startAudit, type Threads } from '../../examples/audit/audit.ts'
import { findPackages } from '../../examples/audit/find-packages.ts'
import { auditInLine } from '../../examples/audit/in-line.ts'
import { reportJson } from '../../examples/audit/report.ts'
import { atOnce } from '../../examples/audit/steps.ts'

const root = join(mkdtempSync(join(tmpdir(), 'heddle-audit-')), 'node_modules')
afterAll(() => rmSync(dirname(root), { recursive: true, force: true }))

/** Code that is long enough to have a fingerprint. */
const SHARED = Array.from(
  { length: 40 },
  (_, at) =>
    `export function step${at}(a, b) {\n  if (a > ${at} && b) return a * b\n  return a + b\n}`,
).join('\n')

const files = {
  'one/package.json': '{ "name": "one" }',
  'one/index.js': `${SHARED}\nexport const own = 1\n`,
  'one/broken.js': 'export function {',
  '@scope/two/package.json': '{ "name": "@scope/two" }',
  '@scope/two/lib/copy.ts': `${SHARED}\nexport const other: number = 2\n`,
  'empty/package.json': '{ "name": "empty" }',
}
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const ways: Threads[] = [{ kind: 'single' }, { kind: 'lanes', lanes: 2 }]
for (const threads of ways) {
  test(`the audit on ${threads.kind} gives the report of the plain loop, to the byte, each time`, async () => {
    const expected = reportJson(auditInLine(root))
    expect(expected).toContain('broken.js')
    const tree = atOnce(findPackages(root))
    const audit = await startAudit(threads)
    try {
      const scored: string[] = []
      const first = await audit.run(tree, (name) => scored.push(name))
      const second = await audit.run({ ...tree, packages: tree.packages.toReversed() })
      expect(reportJson(first)).toBe(expected)
      expect(reportJson(second)).toBe(expected)
      expect(scored.sort()).toEqual(['@scope/two', 'empty', 'one'])
      expect(first.duplicates.packages).toHaveLength(1)
    } finally {
      await audit.stop()
    }
  })
}
