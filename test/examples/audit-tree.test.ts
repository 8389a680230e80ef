import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findPackages } from '../../examples/audit/find-packages.ts'
import { auditInLine } from '../../examples/audit/in-line.ts'
import { startRawWorkers } from '../../examples/audit/raw-workers.ts'
import { reportJson } from '../../examples/audit/report.ts'
import { sourceFiles } from '../../examples/audit/source-files.ts'
import { atOnce } from '../../examples/audit/steps.ts'
import type { Tree } from '../../examples/audit/tree.ts'

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'audit-'))
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function plant(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

function named(name: string): string {
  return JSON.stringify({ name })
}

function treeOf(below = '.'): Tree {
  return atOnce(findPackages(join(root, below)))
}

function names(below = '.'): string[] {
  return treeOf(below).packages.map(({ name }) => name)
}

function filesOf(name: string, below = '.', maxFileBytes?: number): string[] {
  const found = treeOf(below).packages.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no package ${name}`)
  return atOnce(sourceFiles(found, maxFileBytes)).files.map(({ path }) => path)
}

describe('packages of a node_modules', () => {
  test('are its entries, scoped and nested ones too, each once and sorted', () => {
    plant({
      'node_modules/b/index.js': '',
      'node_modules/b/node_modules/a/index.js': '',
      'node_modules/b/dist/node_modules/deep/index.js': '',
      'node_modules/@scope/c/index.js': '',
      'node_modules/@scope/c/node_modules/@scope/d/index.js': '',
      'node_modules/a/esm/package.json': named('not-a-package'),
      'node_modules/a/esm/index.js': '',
      'node_modules/.bin/tool.js': '',
    })
    symlinkSync(join(root, 'node_modules/a'), join(root, 'node_modules/linked'))
    expect(names('node_modules')).toEqual([
      '@scope/c',
      '@scope/c/node_modules/@scope/d',
      'a',
      'b',
      'b/dist/node_modules/deep',
      'b/node_modules/a',
    ])
    expect(filesOf('b', 'node_modules')).toEqual(['index.js'])
    expect(filesOf('a', 'node_modules')).toEqual(['esm/index.js'])
  })
})

describe('packages of a plain source tree', () => {
  test('are the directories with a named package.json, none a part of another', () => {
    plant({
      'package.json': named('root'),
      'main.ts': '',
      'packages/one/package.json': named('one'),
      'packages/one/index.ts': '',
      'packages/one/cjs/package.json': '{ "type": "commonjs" }',
      'packages/one/cjs/index.js': '',
      'packages/one/node_modules/other/index.js': '',
      'packages/one/inner/package.json': named('inner'),
      'packages/one/inner/index.ts': '',
    })
    expect(names()).toEqual(['.', 'packages/one', 'packages/one/inner'])
    expect(filesOf('.')).toEqual(['main.ts'])
    expect(filesOf('packages/one')).toEqual(['cjs/index.js', 'index.ts'])
    expect(filesOf('packages/one/inner')).toEqual(['index.ts'])
  })

  test('are the root alone where no directory has one', () => {
    plant({ 'a/b.js': '', 'c.mts': '', 'd.jsx': '', 'e.json': '', '.hidden/f.js': '' })
    expect(names()).toEqual(['.'])
    expect(filesOf('.')).toEqual(['a/b.js', 'c.mts', 'd.jsx'])
  })
})

test('a file over the limit is skipped with its reason', () => {
  plant({ 'large.js': 'a'.repeat(101), 'small.js': 'a'.repeat(100) })
  const [found] = treeOf().packages
  expect(found && atOnce(sourceFiles(found, 100))).toEqual({
    files: [{ path: 'small.js', bytes: 100 }],
    skipped: [{ kind: 'skipped', path: 'large.js', bytes: 101, reason: 'larger than 100 bytes' }],
    leftOut: [],
  })
})

describe('the audit of a tree', () => {
  const copied = Array.from({ length: 200 }, (_, index) => `copied(name${index})`).join('\n')

  beforeEach(() => {
    plant({
      'node_modules/a/index.js': copied,
      'node_modules/a/broken.js': 'function (',
      'node_modules/b/node_modules/a/index.js': copied,
      'node_modules/b/index.cjs': `module.exports = (a) => (a ? 1 : 2)\n${copied}`,
      'node_modules/c/large.js': `/* ${'-'.repeat(9000)} */`,
      'node_modules/d/readme.md': '',
    })
  })

  test('finds the same package nested in another as a duplicate', () => {
    const report = auditInLine(join(root, 'node_modules'), { maxFileBytes: 8000 })
    expect(report.totals).toMatchObject({ packages: 5, files: 4, unparsable: 1, skipped: 1 })
    const nested = report.duplicates.packages.find(({ right }) => right === 'b/node_modules/a')
    expect(nested).toMatchObject({ left: 'a', share: 1, filePairs: 1 })
  })

  test('reports each package when it is done', () => {
    const done: string[] = []
    auditInLine(join(root, 'node_modules'), { onPackage: (name) => done.push(name) })
    expect(done).toEqual(names('node_modules'))
  })

  test.each([1, 2, 3])('gives the same report split over %i raw workers', async (count) => {
    const modules = join(root, 'node_modules')
    const workers = await startRawWorkers(count)
    try {
      const report = await workers.run(treeOf('node_modules'), 8000)
      expect(reportJson(report)).toBe(reportJson(auditInLine(modules, { maxFileBytes: 8000 })))
    } finally {
      await workers.stop()
    }
  })
})
