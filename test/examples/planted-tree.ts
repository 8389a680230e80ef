/** Trees that tests create in the temporary folder and remove again. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface PlantedTree {
  readonly root: string
  /** Writes files by path, and makes their folders. */
  plant(files: Readonly<Record<string, string | Buffer>>): void
  /**
   * Makes a link at `path` to `target`, which is relative to the link's folder, as in the links of
   * installers.
   */
  link(path: string, target: string): void
  remove(): void
}

export function plantedTree(): PlantedTree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-audit-')))
  return {
    root,
    plant(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true })
        writeFileSync(join(root, path), text)
      }
    },
    link(path, target) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      symlinkSync(target, join(root, path))
    },
    // Not done by Node, whose paths have at most 4,096 bytes.
    remove: () => void execFileSync('rm', ['-rf', root]),
  }
}

const CODE = 'export function plain(a) {\n  return a ? 1 : 2\n}\n'

/** Plants a source tree, below `hostile`, with everything in it that is hard to read. */
export function plantHostile({ root, plant, link }: PlantedTree): void {
  plant({
    'hostile/package.json': '\ufeff{ "name": "hostile" }',
    'hostile/plain.js': CODE,
    'hostile/empty.js': '',
    'hostile/mark.mjs': `\ufeff#!/usr/bin/env node\n${CODE}`,
    'hostile/binary.ts': Buffer.from([0x47, 0x00, 0x11, 0xff, 0x00]),
    'hostile/zero.js': 'export const text = "a\0b"\n',
    'hostile/latin.js': Buffer.from('export const name = "caf\xe9"\n', 'latin1'),
    'hostile/large.js': `/* ${'-'.repeat(5 * 1024 * 1024)} */`,
    'hostile/minified.js': `export const all=[${'"one",2,{a:1},'.repeat(5_000)}0]`,
    'hostile/deep.js': `export const deep = ${'['.repeat(1_000)}${']'.repeat(1_000)}\n`,
    'hostile/new\nline\u001b[31m.js': CODE,
    'hostile/back\\slash.js': CODE,
    'hostile/.hidden/inside.js': CODE,
    'hostile/array/package.json': '[]',
    'hostile/array/in.js': CODE,
    'hostile/broken/package.json': '{ "name": ',
    'hostile/huge/package.json': `{ "name": "huge", "text": "${'a'.repeat(2 * 1024 * 1024)}" }`,
    'hostile/folder/package.json/index.js': CODE,
    'hostile/number/package.json': '{ "name": 7 }',
    'hostile/inner/package.json': '{ "name": "@scope/inner" }',
    'hostile/inner/index.ts': CODE,
    'hostile/node_modules/other/index.js': CODE,
  })
  link('hostile/dangling.js', 'nowhere.js')
  link('hostile/dangling.txt', 'nowhere.txt')
  link('hostile/circle', 'circle')
  link('hostile/up', '..')
  link('hostile/linked.js', 'plain.js')
  const bytes = (...parts: (string | number)[]) =>
    Buffer.concat(parts.map((part) => Buffer.from(typeof part === 'string' ? part : [part])))
  writeFileSync(bytes(`${root}/hostile/caf`, 0xe9, '.js'), CODE)
  writeFileSync(`${root}/hostile/caf\\xe9.js`, CODE)
  mkdirSync(bytes(`${root}/hostile/folder`, 0xff))
  execFileSync('mkfifo', [`${root}/hostile/pipe.js`])
  execFileSync('mkfifo', [`${root}/hostile/inner/package.json.js`])
  execFileSync(process.execPath, ['-e', DEEP_FOLDERS], { cwd: `${root}/hostile` })
}

/** Makes folders so deep that the paths at their end are longer than the system allows. */
const DEEP_FOLDERS = `
  const { mkdirSync, writeFileSync } = require('node:fs')
  const name = 'd'.repeat(200)
  for (let depth = 0; depth < 25; depth++) {
    mkdirSync(name)
    process.chdir(name)
  }
  writeFileSync('unreachable.js', '')
`
