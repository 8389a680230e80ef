import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findPackages } from '../../examples/audit/find-packages.ts'
import { auditInLine } from '../../examples/audit/in-line.ts'
import { atOnce } from '../../examples/audit/steps.ts'
import type { Tree } from '../../examples/audit/tree.ts'
import { type PlantedTree, plantedTree } from './planted-tree.ts'

let tree: PlantedTree

beforeEach(() => {
  tree = plantedTree()
})
afterEach(() => tree.remove())

function find(below: string): Tree {
  return atOnce(findPackages(join(tree.root, below)))
}

function names(below: string): string[] {
  return find(below).packages.map(({ name }) => name)
}

function leftOut(below: string): string[] {
  return find(below).leftOut.map(({ path, reason }) => `${path}: ${reason}`)
}

function manifest(name: string): string {
  return JSON.stringify({ name })
}

/** Plants a workspace as pnpm installs it: packages in `.pnpm`, and links to them. */
function plantPnpm(): void {
  const store = 'node_modules/.pnpm'
  tree.plant({
    'package.json': manifest('root'),
    'main.ts': '',
    'packages/one/package.json': manifest('one'),
    'packages/one/index.ts': '',
    [`${store}/a@1.0.0/node_modules/a/index.js`]: '',
    [`${store}/b@2.0.0/node_modules/b/index.js`]: '',
    [`${store}/@scope+c@3.0.0_a@1.0.0/node_modules/@scope/c/index.js`]: '',
    [`${store}/lock.yaml`]: '',
    'node_modules/.bin/tool': '',
    'node_modules/.modules.yaml': '',
  })
  tree.link(`${store}/a@1.0.0/node_modules/b`, '../../b@2.0.0/node_modules/b')
  tree.link(`${store}/node_modules/b`, '../b@2.0.0/node_modules/b')
  tree.link('node_modules/a', '.pnpm/a@1.0.0/node_modules/a')
  tree.link('node_modules/@scope/c', '../.pnpm/@scope+c@3.0.0_a@1.0.0/node_modules/@scope/c')
  tree.link('node_modules/one', '../packages/one')
  tree.link('packages/one/node_modules/a', '../../../node_modules/.pnpm/a@1.0.0/node_modules/a')
}

describe('pnpm', () => {
  test('each package is found once, in its store; links add nothing, and a workspace is named', () => {
    plantPnpm()
    expect(names('node_modules')).toEqual([
      '.pnpm/@scope+c@3.0.0_a@1.0.0/node_modules/@scope/c',
      '.pnpm/a@1.0.0/node_modules/a',
      '.pnpm/b@2.0.0/node_modules/b',
    ])
    expect(leftOut('node_modules')).toEqual([
      '.bin: a hidden folder',
      'one: a link to a folder that is not an installed package: ../packages/one',
    ])
  })

  test('the node_modules of a workspace has what its links lead to', () => {
    plantPnpm()
    const { packages } = find('packages/one/node_modules')
    expect(packages).toEqual([
      {
        name: 'a',
        directory: join(tree.root, 'node_modules/.pnpm/a@1.0.0/node_modules/a'),
        inner: [],
      },
    ])
    expect(auditInLine(join(tree.root, 'packages/one/node_modules')).totals.files).toBe(1)
  })

  test('the workspace itself has its own packages, and names what is installed', () => {
    plantPnpm()
    expect(names('.')).toEqual(['.', 'packages/one'])
    expect(leftOut('.')).toEqual([
      'node_modules: installed packages: audit it by itself',
      'packages/one/node_modules: installed packages: audit it by itself',
    ])
  })
})

describe('other installers that link', () => {
  test('npm, Yarn and bun keep packages in stores of their own', () => {
    tree.plant({
      'node_modules/.store/a@1.0.0-hash/node_modules/a/index.js': '',
      'node_modules/.store/b-npm-2.0.0-hash/package/index.js': '',
      'node_modules/.bun/c@3.0.0/node_modules/c/index.js': '',
    })
    tree.link('node_modules/a', '.store/a@1.0.0-hash/node_modules/a')
    tree.link('node_modules/b', '.store/b-npm-2.0.0-hash/package')
    tree.link('node_modules/c', '.bun/c@3.0.0/node_modules/c')
    expect(names('node_modules')).toEqual([
      '.bun/c@3.0.0/node_modules/c',
      '.store/a@1.0.0-hash/node_modules/a',
      '.store/b-npm-2.0.0-hash/package',
    ])
    expect(leftOut('node_modules')).toEqual([])
  })

  test('a store outside of the tree counts by the first link to each package', () => {
    tree.plant({
      'store/links/a/node_modules/a/index.js': '',
      'store/links/a/node_modules/a/node_modules/inner/index.js': '',
      'store/links/scoped/node_modules/@scope/b/index.js': '',
    })
    tree.link('project/node_modules/a', '../../store/links/a/node_modules/a')
    tree.link('project/node_modules/z', '../../store/links/a/node_modules/a')
    tree.link('project/node_modules/@scope', '../../store/links/scoped/node_modules/@scope')
    expect(names('project/node_modules')).toEqual(['@scope/b', 'a', 'a/node_modules/inner'])
  })
})

describe('what is not a package', () => {
  test('in a store, or by a link to a file, is named', () => {
    tree.plant({
      'node_modules/.store/a@1.0.0-hash/node_modules/a/index.js': '',
      'node_modules/.store/a@1.0.0-hash/other/index.js': '',
      'file.js': '',
      'text.md': '',
    })
    tree.link('node_modules/linked.js', '../file.js')
    tree.link('node_modules/text.md', '../text.md')
    expect(leftOut('node_modules')).toEqual([
      '.store/a@1.0.0-hash/other: a folder that belongs to no package',
      'linked.js: a file that belongs to no package',
    ])
  })
})

describe('links in a node_modules', () => {
  test('that lead nowhere, in a circle or upwards end nothing', () => {
    tree.plant({ 'node_modules/a/index.js': '', 'node_modules/stray.js': '' })
    tree.link('node_modules/gone', 'nowhere')
    tree.link('node_modules/circle', 'circle')
    tree.link('node_modules/up', '..')
    tree.link('node_modules/self', '.')
    tree.link('node_modules/a/up', '../..')
    expect(names('node_modules')).toEqual(['a'])
    expect(auditInLine(join(tree.root, 'node_modules')).totals.files).toBe(1)
    expect(leftOut('node_modules')).toEqual([
      'circle: a link that leads to itself',
      'gone: a link that leads nowhere',
      'self: a link to a folder that is not an installed package: .',
      'stray.js: a file that belongs to no package',
      'up: a link to a folder that is not an installed package: ..',
    ])
  })

  test('a node_modules may itself be a link', () => {
    tree.plant({ 'real/a/index.js': '', 'other/node_modules/b/index.js': '' })
    tree.link('node_modules', 'real')
    tree.link('linked', 'other/node_modules')
    expect(names('node_modules')).toEqual(['a'])
    expect(names('linked')).toEqual(['b'])
  })
})

describe('Yarn', () => {
  test('classic installs like npm, with its workspaces as links', () => {
    tree.plant({
      'packages/one/package.json': manifest('one'),
      'node_modules/a/index.js': '',
      'node_modules/.yarn-integrity': '',
    })
    tree.link('node_modules/one', '../packages/one')
    expect(names('node_modules')).toEqual(['a'])
    expect(leftOut('node_modules')).toEqual([
      'one: a link to a folder that is not an installed package: ../packages/one',
    ])
  })

  test("Plug'n'Play keeps packages in zips, which are named as left out", () => {
    tree.plant({
      'package.json': manifest('root'),
      'main.js': '',
      '.pnp.cjs': '',
      '.yarn/cache/a-npm-1.0.0-hash.zip': 'PK',
      '.yarn/releases/yarn-4.0.0.cjs': '',
    })
    const { packages } = auditInLine(tree.root)
    expect(packages).toMatchObject([
      {
        name: '.',
        files: 2,
        leftOut: [{ path: '.yarn', reason: 'a folder of Yarn: packages in its zips are not read' }],
      },
    ])
  })
})

describe('a source tree', () => {
  test('source outside of its packages is a package with the name of the root', () => {
    tree.plant({
      'package.json': '{ "private": true }',
      'scripts/build.js': '',
      'packages/one/package.json': manifest('one'),
      'packages/one/index.js': '',
    })
    expect(names('.')).toEqual(['.', 'packages/one'])
    const files = auditInLine(tree.root).packages.map(({ files }) => files)
    expect(files).toEqual([1, 1])
  })

  test('without such source the root is not a package, and what is left out beside the packages is named', () => {
    tree.plant({
      '.git/hook.js': '',
      'docs/readme.md': '',
      'packages/one/package.json': manifest('one'),
      'packages/one/.cache/index.js': '',
    })
    tree.link('docs/linked', '../packages')
    expect(names('.')).toEqual(['packages/one'])
    expect(leftOut('.')).toEqual([
      '.git: a hidden folder',
      'docs/linked: a symbolic link: links are not followed',
    ])
    const [one] = auditInLine(tree.root).packages
    expect(one?.leftOut).toEqual([{ path: '.cache', reason: 'a hidden folder' }])
  })

  test('a package.json that can’t be read is named, whatever it is', () => {
    tree.plant({
      'file/package.json': 'no JSON',
      'folder/package.json/index.js': '',
      'linked/in.js': '',
      'pipe/in.js': '',
      'named/package.json': manifest('named'),
      'elsewhere.json': manifest('linked'),
    })
    tree.link('linked/package.json', '../elsewhere.json')
    tree.link('endless/package.json', '/dev/zero')
    tree.link('named/inner/package.json', 'nowhere.json')
    execFileSync('mkfifo', [join(tree.root, 'pipe/package.json')])
    expect(names('.')).toEqual(['.', 'named'])
    expect(leftOut('.')).toEqual([
      'endless/package.json: a symbolic link: links are not followed',
      'file/package.json: not JSON',
      'folder/package.json: a folder: it names no package',
      'linked/package.json: a symbolic link: links are not followed',
      'named/inner/package.json: a symbolic link: links are not followed',
      'pipe/package.json: not a regular file',
    ])
    expect(auditInLine(tree.root).totals).toMatchObject({ files: 3, leftOut: 6 })
  })

  test('a link whose target is unknown is named', () => {
    tree.plant({ 'a.js': '' })
    tree.link('long', 'n'.repeat(300))
    symlinkSync('.', Buffer.concat([Buffer.from(`${tree.root}/up`), Buffer.from([0xff])]))
    const [root] = auditInLine(tree.root).packages
    expect(root?.leftOut).toEqual([
      { path: 'long', reason: 'unreadable: ENAMETOOLONG' },
      { path: 'up\\xff', reason: 'a symbolic link: links are not followed' },
    ])
  })

  test('an empty one is one package without files', () => {
    expect(auditInLine(tree.root).totals).toMatchObject({ packages: 1, files: 0, leftOut: 0 })
  })

  test('two packages of one name are two', () => {
    tree.plant({ 'a/package.json': manifest('same'), 'b/package.json': manifest('same') })
    expect(names('.')).toEqual(['a', 'b'])
  })
})
