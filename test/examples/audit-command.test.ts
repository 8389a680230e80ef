import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseCommand } from '../../command-line/parse.ts'
import { SPEC } from '../../examples/audit/command.ts'
import { auditInLine } from '../../examples/audit/in-line.ts'
import { reportJson } from '../../examples/audit/report.ts'
import { checkRoot } from '../../examples/audit/root.ts'
import { renderTables } from '../../examples/audit/tables.ts'
import { type PlantedTree, plantedTree, plantHostile } from './planted-tree.ts'

/** A busy machine is slow to start a process and its threads. */
const PATIENCE_MS = 180_000

const MAIN = fileURLToPath(new URL('../../examples/audit/main.ts', import.meta.url))

let tree: PlantedTree
let out = ''
let child: ChildProcess | undefined

beforeEach(() => {
  tree = plantedTree()
  out = join(tree.root, 'out')
  mkdirSync(out)
})
afterEach(() => {
  child?.kill('SIGKILL')
  tree.remove()
})

function start(...args: string[]): ChildProcess {
  const [json, ...flags] = [`--json=${join(out, 'report.json')}`, '-C', 'heddle-source']
  const all = args.some((arg) => arg.startsWith('--json')) ? args : [...args, json]
  child = spawn(process.execPath, [...flags, MAIN, ...all], {
    cwd: tree.root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return child
}

async function endOf(child: ChildProcess) {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ])
  return { stdout, stderr, code, signal }
}

describe('npm start', { timeout: PATIENCE_MS }, () => {
  test('ends with a report on a hostile tree, the same as in one loop, and names what it left out', async () => {
    plantHostile(tree)
    const { stdout, stderr, code } = await endOf(start('hostile', '--lanes', '2', '--rows', '3'))
    expect(code).toBe(0)
    expect(readdirSync(out)).toEqual(['report.json'])
    const report = readFileSync(join(out, 'report.json'), 'utf8')
    expect(report).toBe(reportJson(auditInLine(join(tree.root, 'hostile'))))
    expect(stdout).toContain('2 could not be parsed, 2 skipped, 13 other entries left out\n')
    expect(stdout).toContain('  … and 14 more, in the report\n')
    expect(stdout).toContain('s on 2 lanes; the report is in ')
    expect(stderr).toMatch(/^auditing hostile: 50 % \(1\/2\)\n.*100 % \(2\/2\)\n$/)
  })

  test('finds nothing where packages were to be expected: a report, a line and a failure', async () => {
    mkdirSync(join(tree.root, 'node_modules'))
    tree.link('node_modules/one', '../packages/one')
    const { stderr, code } = await endOf(start('--single'))
    expect(stderr).toBe('there is no package in node_modules; entries left out: 1\n')
    expect(code).toBe(1)
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))
    expect(report.totals.packages).toBe(0)
    expect(report.leftOut).toEqual([{ path: 'one', reason: 'a link that leads nowhere' }])
  })

  test('is not said to be without source when it could read none of it', async () => {
    tree.plant({ 'sources/large.js': ' '.repeat(5 * 1024 * 1024) })
    const { stdout, stderr, code } = await endOf(start('sources', '--single'))
    expect(stdout).toContain('1 packages, 0 files, 0.0 MB, 0 lines\n')
    expect(stdout).toContain('0 could not be parsed, 1 skipped, 0 other entries left out\n')
    expect(stderr).not.toContain('there is no JavaScript')
    expect(code).toBe(0)
  })

  test('refuses what it can’t write before it works', async () => {
    tree.plant({ 'sources/a.js': '' })
    const { stdout, stderr, code } = await endOf(start('sources', '--json', 'no/such/folder.json'))
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toMatch(/^--json: can't write no\/such\/folder\.json: .*\n$/)
  })

  test('a pipe that nobody reads from is refused before it works, and none is waited for', async () => {
    tree.plant({ 'sources/a.js': '' })
    execFileSync('mkfifo', [join(out, 'pipe')])
    const { stdout, stderr, code } = await endOf(start('sources', '--json=out/pipe'))
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toMatch(/^--json: can't write out\/pipe: nobody reads from it; .*\n$/)
  })

  test('/dev/stdout is the standard output, a file among them, and keeps what is there', async () => {
    tree.plant({ 'sources/a.js': '' })
    const { stdout, code } = await endOf(start('sources', '--single', '--json=/dev/stdout'))
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^Most complex packages\n[\s\S]*\n\{\n {2}"totals"[\s\S]*\n\}\n\n.* in \/dev\/stdout\n$/,
    )
  })

  test('is interrupted in the middle: it stops its lanes, and leaves no file', async () => {
    // One package is done at once, and the others take far longer than the signal.
    const long = `export const all = [${'"one", 2, { a: 1 }, '.repeat(190_000)}]`
    tree.plant({ 'node_modules/a/index.js': '' })
    for (const name of 'bcdef') tree.plant({ [`node_modules/${name}/index.js`]: long })
    const running = start('--lanes', '2')
    running.stderr?.once('data', () => running.kill('SIGINT'))
    const end = await endOf(running)
    expect(end).toMatchObject({ stdout: '', code: 130, signal: null })
    const told = end.stderr.split('\n').filter((line) => !line.startsWith('auditing '))
    expect(told).toEqual(['interrupted; no report was written', ''])
    expect(end.stderr).not.toContain('100 %')
    expect(readdirSync(out)).toEqual([])
  })
})

describe('its options', () => {
  test.each([
    ['--lanes two', "--lanes is 'two', and must be a whole number from 1 to 256"],
    ['--lanes 0', "--lanes is '0', and must be a whole number from 1 to 256"],
    ['--lanes 1e9', "--lanes is '1e9', and must be a whole number from 1 to 256"],
    ['--rows x', "--rows is 'x', and must be a whole number from 0 to 100000"],
    ['--json', '--json needs a value: FILE'],
    ['one two', "'two' is not expected; this takes one FOLDER"],
    ['--single --lanes 2', "--single and --lanes can't stand together; leave one of them out"],
    ['--single --compare', "--single and --compare can't stand together; leave one of them out"],
  ])('%s is refused', (typed, message) => {
    expect(() => parseCommand(SPEC, typed.split(' '))).toThrow(message)
  })
})

describe('its folder', () => {
  test.each([
    ['nowhere', /^there is no folder .*nowhere; name another one$/],
    ['file', /^.*file is not a folder; name a folder$/],
    ['file/below', /^can't read the folder .*below: ENOTDIR$/],
    ['circle', /^can't read the folder .*circle: ELOOP$/],
    ['n'.repeat(300), /^can't read the folder .*: ENAMETOOLONG$/],
  ])('%s is refused', (name, message) => {
    tree.plant({ file: '' })
    tree.link('circle', 'circle')
    const refused = expect.objectContaining({
      message: expect.stringMatching(message),
      exitCode: 2,
    })
    expect(() => checkRoot(join(tree.root, name))).toThrow(refused)
  })
})

test('its tables fit into the terminal', () => {
  tree.plant({
    'a-package-with-a-long-name/package.json': '{ "name": "a" }',
    'a-package-with-a-long-name/a-folder-with-a-long-name/index.js': 'if (a) b()',
    'b/package.json': '{ "name": "b" }',
    'b/index.js': `function aFunctionWithAVeryLongName() { return a && b }`,
  })
  const report = auditInLine(tree.root)
  const widest = (columns: number) => {
    const lines = renderTables(report, { columns }).split('\n')
    const table = lines.filter((line) => /[│┌]/.test(line))
    return Math.max(...table.map((line) => stripVTControlCharacters(line).length))
  }
  const wide = widest(1_000)
  expect(wide).toBeGreaterThan(90)
  for (const columns of [80, 60, 40]) expect(widest(columns)).toBeLessThanOrEqual(columns)
})
