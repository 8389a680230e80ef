import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { outputFile } from '../../command-line/output-file.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-output-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('leaves nothing before it is written, and nothing but the file afterwards', () => {
  const path = join(folder, 'report.json')
  const file = outputFile('--json', path)
  expect(readdirSync(folder)).toEqual([])
  file.write('one')
  file.write('two')
  expect(readdirSync(folder)).toEqual(['report.json'])
  expect(readFileSync(path, 'utf8')).toBe('two')
})

test('replaces the file in one step: who has the old one open has it whole, and its mode stays', () => {
  const path = join(folder, 'report.json')
  writeFileSync(path, 'old')
  chmodSync(path, 0o600)
  const before = statSync(path).ino
  outputFile('--json', path).write('new')
  expect(statSync(path).ino).not.toBe(before)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('writes what a link leads to, and leaves the link', () => {
  const link = join(folder, 'link.json')
  writeFileSync(join(folder, 'real.json'), '')
  symlinkSync('real.json', link)
  outputFile('--json', link).write('text')
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(folder, 'real.json'), 'utf8')).toBe('text')
})

test('a device stays one', () => {
  outputFile('--json', '/dev/null').write('text')
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
})

test.each([
  ['.', /^--json: .* is a folder; name a file$/],
  ['no/such/folder.json', /^--json: can't write .*: its folder does not exist/],
  ['file/report.json', /^--json: can't write .*: a part of its path is no folder$/],
  ['n'.repeat(300), /^--json: can't write .*: ENAMETOOLONG$/],
  ['circle', /^--json: can't write .*: ELOOP$/],
])('%s is refused at once', (name, message) => {
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('circle', join(folder, 'circle'))
  const refused = expect.objectContaining({
    message: expect.stringMatching(message),
    exitCode: 2,
  })
  expect(() => outputFile('--json', join(folder, name))).toThrow(refused)
  expect(readdirSync(folder).sort()).toEqual(['circle', 'file'])
})

test('makes its folder if it may', () => {
  const path = join(folder, 'a/b/report.json')
  outputFile('--json', path, { makeFolder: true }).write('text')
  expect(readFileSync(path, 'utf8')).toBe('text')
})

test('what can no longer be written is told, and leaves no file behind', () => {
  const file = outputFile('--json', join(folder, 'report.json'))
  mkdirSync(join(folder, 'report.json'))
  const failed = expect.objectContaining({
    message: expect.stringMatching(/^can't write .*report\.json: EISDIR$/),
    exitCode: 1,
  })
  expect(() => file.write('text')).toThrow(failed)
  expect(readdirSync(folder)).toEqual(['report.json'])
})
