import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outputFile } from '../../command-line/output-file.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-output-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('leaves nothing before it is written, and nothing but the file afterwards', async () => {
  const path = join(folder, 'report.json')
  const file = await outputFile('--json', path)
  expect(readdirSync(folder)).toEqual([])
  await file.write('one')
  await file.write('two')
  expect(readdirSync(folder)).toEqual(['report.json'])
  expect(readFileSync(path, 'utf8')).toBe('two')
})

test('replaces the file in one step: a reader of the old one has all of it, and the mode stays', async () => {
  const path = join(folder, 'report.json')
  writeFileSync(path, 'old')
  chmodSync(path, 0o600)
  const before = statSync(path).ino
  await (await outputFile('--json', path)).write('new')
  expect(statSync(path).ino).not.toBe(before)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('writes what a link leads to, and leaves the link', async () => {
  const link = join(folder, 'link.json')
  writeFileSync(join(folder, 'real.json'), '')
  symlinkSync('real.json', link)
  await (await outputFile('--json', link)).write('text')
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(folder, 'real.json'), 'utf8')).toBe('text')
})

test('a device stays a device', async () => {
  await (await outputFile('--json', '/dev/null')).write('text')
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
})

test.each([
  ['.', /^--json: .* is a folder; name a file$/],
  ['no/such/folder.json', /^--json: can't write .*: its folder does not exist/],
  ['file/report.json', /^--json: can't write .*: a part of its path is not a folder$/],
  ['n'.repeat(300), /^--json: can't write .*: ENAMETOOLONG$/],
  ['circle', /^--json: can't write .*: ELOOP$/],
])('%s is refused at once', async (name, message) => {
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('circle', join(folder, 'circle'))
  const refused = expect.objectContaining({
    message: expect.stringMatching(message),
    exitCode: 2,
  })
  await expect(outputFile('--json', join(folder, name))).rejects.toThrow(refused)
  expect(readdirSync(folder).sort()).toEqual(['circle', 'file'])
})

test('makes its folder if it may', async () => {
  const path = join(folder, 'a/b/report.json')
  await (await outputFile('--json', path, { makeFolder: true })).write('text')
  expect(readFileSync(path, 'utf8')).toBe('text')
})

test('a file that can no longer be written is reported, and nothing is left behind', async () => {
  const file = await outputFile('--json', join(folder, 'report.json'))
  mkdirSync(join(folder, 'report.json'))
  const failed = expect.objectContaining({
    message: expect.stringMatching(/^can't write .*report\.json: EISDIR$/),
    exitCode: 1,
  })
  await expect(file.write('text')).rejects.toThrow(failed)
  expect(readdirSync(folder)).toEqual(['report.json'])
})

describe('what is there', () => {
  const refused = (message: RegExp) =>
    expect.objectContaining({ message: expect.stringMatching(message), exitCode: 2 })

  test('and is not a .json file is kept, also behind a link that looks like one', async () => {
    const source = join(folder, 'source.ts')
    writeFileSync(source, 'mine')
    symlinkSync('source.ts', join(folder, 'link.json'))
    for (const name of ['source.ts', 'link.json']) {
      await expect(outputFile('--json', join(folder, name))).rejects.toThrow(
        refused(/^--json: .* exists and is not a \.json file; name another file$/),
      )
    }
    expect(readFileSync(source, 'utf8')).toBe('mine')
  })

  test('and is empty may have any name', async () => {
    const path = join(folder, 'tmp.1234')
    writeFileSync(path, '')
    await (await outputFile('--json', path)).write('text')
    expect(readFileSync(path, 'utf8')).toBe('text')
  })

  test('is never looked up for a dash: no file gets that name', async () => {
    await expect(outputFile('--json', '-')).rejects.toThrow(
      refused(/^--json: - is not a file; name one, or \/dev\/stdout for the standard output$/),
    )
  })
})

describe('a pipe', () => {
  let pipe = ''
  let reader = -1
  const read = () => openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)

  beforeEach(() => {
    pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    reader = -1
  })
  afterEach(() => {
    if (reader !== -1) closeSync(reader)
  })

  test('that nobody reads from is refused at once', async () => {
    const refused = expect.objectContaining({
      message: `--json: can't write ${pipe}: nobody reads from it; start its reader first`,
      exitCode: 2,
    })
    await expect(outputFile('--json', pipe)).rejects.toThrow(refused)
  })

  test('gets all of the text, however long, and stays open until then', async () => {
    reader = read()
    const file = await outputFile('--json', pipe)
    const buffer = Buffer.alloc(64 * 1024)
    // The pipe is open and empty: if it were closed, the read would return nothing instead of
    // failing.
    expect(() => readSync(reader, buffer)).toThrow('EAGAIN')
    const text = 'text '.repeat(100_000)
    let got = ''
    const written = file.write(text)
    while (got.length < text.length) {
      try {
        got += buffer.toString('utf8', 0, readSync(reader, buffer))
      } catch {
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await written
    expect(got === text).toBe(true)
    expect(readSync(reader, buffer)).toBe(0)
  })

  test('that is full blocks nothing: the write ends when its signal aborts', async () => {
    reader = read()
    const file = await outputFile('--json', pipe)
    const stop = new AbortController()
    const written = file.write('text '.repeat(100_000), stop.signal)
    setImmediate(() => stop.abort(new Error('interrupted')))
    await expect(written).rejects.toThrow('interrupted')
  })

  test('whose reader has gone is reported', async () => {
    const reader = read()
    const file = await outputFile('--json', pipe)
    closeSync(reader)
    await expect(file.write('text')).rejects.toThrow(`can't write ${pipe}: its reader has gone`)
  })
})
