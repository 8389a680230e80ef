import { rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startAudit } from '../../examples/audit/audit.ts'
import { auditPackage } from '../../examples/audit/audit-package.ts'
import { findPackages } from '../../examples/audit/find-packages.ts'
import { auditInLine } from '../../examples/audit/in-line.ts'
import { startRawWorkers } from '../../examples/audit/raw-workers.ts'
import { readFile, readFileAtOnce } from '../../examples/audit/read-file.ts'
import { reportJson } from '../../examples/audit/report.ts'
import { sourceFiles } from '../../examples/audit/source-files.ts'
import { atOnce } from '../../examples/audit/steps.ts'
import { renderTables } from '../../examples/audit/tables.ts'
import { type PlantedTree, plantedTree, plantHostile } from './planted-tree.ts'

let tree: PlantedTree

beforeEach(() => {
  tree = plantedTree()
})
afterEach(() => tree.remove())

/** A busy machine is slow to start threads. */
const PATIENCE_MS = 180_000

describe('a hostile tree', { timeout: PATIENCE_MS }, () => {
  test('gives one report, in line, on one thread, on any number of lanes and on raw workers', async () => {
    plantHostile(tree)
    const root = join(tree.root, 'hostile')
    const expected = reportJson(auditInLine(root))
    const found = atOnce(findPackages(root))
    for (const threads of [{ kind: 'single' }, { kind: 'lanes', lanes: 3 }] as const) {
      const audit = await startAudit(threads)
      try {
        expect(reportJson(await audit.run(found))).toBe(expected)
      } finally {
        await audit.stop()
      }
    }
    const workers = await startRawWorkers(2)
    try {
      expect(reportJson(await workers.run(found))).toBe(expected)
    } finally {
      await workers.stop()
    }
  })

  test('is measured where it can be read; everything else is named, with the reason', () => {
    plantHostile(tree)
    const report = auditInLine(join(tree.root, 'hostile'))
    expect(report.packages.map(({ name }) => name)).toEqual(['.', 'inner'])
    const [root, inner] = report.packages
    const reasons = (list: readonly { path: string; reason: string }[] = []) =>
      Object.fromEntries(list.map(({ path, reason }) => [path, reason]))
    expect(reasons(root?.unparsable)).toEqual({
      'binary.ts': 'binary: it has a zero byte',
      'deep.js': 'nested too deeply',
    })
    expect(reasons(root?.skipped)).toEqual({
      'large.js': 'larger than 4 MiB',
      'caf\\xe9.js': 'its name is not UTF-8',
    })
    const { [deepestOf(root?.leftOut)]: tooLong, ...others } = reasons(root?.leftOut)
    expect(tooLong).toBe('unreadable: ENAMETOOLONG')
    expect(others).toEqual({
      '.hidden': 'a hidden folder',
      'folder\\xff': 'its name is not UTF-8',
      'dangling.js': 'a symbolic link: links are not followed',
      'linked.js': 'a symbolic link: links are not followed',
      up: 'a symbolic link: links are not followed',
      'pipe.js': 'not a regular file',
    })
    expect(reasons(inner?.leftOut)).toEqual({ 'package.json.js': 'not a regular file' })
    expect(reasons(report.leftOut)).toEqual({
      node_modules: 'installed packages: audit it by itself',
      'array/package.json': 'JSON, but not an object',
      'broken/package.json': 'not JSON',
      'folder/package.json': 'a folder: it names no package',
      'huge/package.json': 'larger than 1 MiB',
    })
    // plain, empty, mark, zero, latin, minified, two odd names, array/in, package.json/index,
    // caf\xe9
    const measured = 11
    expect(root?.files).toBe(measured + 2)
    expect(report.totals.leftOut).toBe(7 + 1 + 5)
    expect(root?.recovered).toEqual([])
  })

  test('puts no control character on the terminal', () => {
    plantHostile(tree)
    const text = renderTables(auditInLine(join(tree.root, 'hostile')), { style: 'plain', rows: 99 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    expect(text).toContain('caf\\xe9.js: its name is not UTF-8')
  })
})

function deepestOf(leftOut: readonly { path: string }[] = []): string {
  return leftOut.find(({ path }) => path.length > 3_000)?.path ?? 'none'
}

describe('what changes under the audit', () => {
  const missing = 'unreadable: ENOENT'

  test('a folder that vanishes before it is listed is left out', () => {
    tree.plant({ 'a/b/c.js': '', 'a.js': '' })
    const steps = sourceFiles({ name: '.', directory: tree.root, inner: [] })
    steps.next()
    steps.next()
    rmSync(join(tree.root, 'a'), { recursive: true })
    const { files, leftOut } = atOnce(steps)
    expect(files.map(({ path }) => path)).toEqual(['a.js'])
    expect(leftOut).toEqual([{ kind: 'left-out', path: 'a', reason: missing }])
  })

  test('a file that vanishes, becomes a link, a pipe or a folder is left out, without waiting', async () => {
    const outcomes = async (path: string) => [readFileAtOnce(path), await readFile(path)]
    const skipped = (reason: string) => {
      const outcome = { kind: 'skipped', reason, bytes: 0 }
      return [outcome, outcome]
    }
    const path = (name: string) => join(tree.root, name)
    tree.plant({ 'a.js': 'a', 'folder.js/b.js': '' })
    expect(await outcomes(path('gone.js'))).toEqual(skipped(missing))
    expect(await outcomes(path('folder.js'))).toEqual(skipped('not a regular file'))
    symlinkSync('a.js', path('link.js'))
    expect(await outcomes(path('link.js'))).toEqual(skipped('unreadable: ELOOP'))
    expect(await outcomes(path(`${'n'.repeat(300)}.js`))).toEqual(
      skipped('unreadable: ENAMETOOLONG'),
    )
    expect(await outcomes('/dev/null')).toEqual(skipped('not a regular file'))
    plantHostile(tree)
    expect(await outcomes(path('hostile/pipe.js'))).toEqual(skipped('not a regular file'))
  })

  test('a file that grew beyond its size, or beyond the limit, is left out', async () => {
    tree.plant({ 'a.js': 'aaaa' })
    const path = join(tree.root, 'a.js')
    expect(await readFile(path, 4)).toEqual({ kind: 'read', text: 'aaaa', bytes: 4 })
    writeFileSync(path, 'aaaaa')
    const outcome = { kind: 'skipped', reason: 'larger than 4 bytes', bytes: 5 }
    expect([await readFile(path, 4), readFileAtOnce(path, 4)]).toEqual([outcome, outcome])
  })

  test('a file of the kernel says that it is empty, and is read', async () => {
    const read = await readFile('/proc/self/status')
    expect(read).toMatchObject({ kind: 'read', text: expect.stringContaining('Name:') })
  })

  test('a file that vanishes after it was listed is one that could not be read', () => {
    tree.plant({ 'a.js': '', 'b.js': '' })
    const found = { name: '.', directory: tree.root, inner: [] }
    const listed = atOnce(sourceFiles(found)).files
    unlinkSync(join(tree.root, 'b.js'))
    expect(listed.map(({ path }) => readFileAtOnce(join(tree.root, path)).kind)).toEqual([
      'read',
      'skipped',
    ])
  })

  test('a package that vanishes is in the report, with nothing in it', async () => {
    const gone = { name: 'gone', directory: join(tree.root, 'gone'), inner: [] }
    const expected = [{ path: '.', reason: missing }]
    expect(auditPackage(gone).score.leftOut).toEqual(expected)
    const audit = await startAudit({ kind: 'single' })
    try {
      const report = await audit.run({ layout: 'installed', packages: [gone], leftOut: [] })
      expect(report.packages).toEqual([auditPackage(gone).score])
    } finally {
      await audit.stop()
    }
  })
})
