/** On a Node that is too old, each entry says so, before anything else can fail. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { problemWith } from '../src/node-version.ts'
import { runNode } from './fixtures/run-node.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const entries = Object.values(manifest.exports).flatMap((entry) => {
  return typeof entry === 'string' ? [] : [(entry as Record<string, string>)['heddle-source']]
}) as string[]
const examples = readdirSync(join(ROOT, 'examples'))
  .map((name) => `examples/${name}/main.ts`)
  .filter((path) => existsSync(join(ROOT, path)))

/** The module that is evaluated first: what a module loads comes before it. */
function firstLoaded(path: string): string {
  const text = readFileSync(path, 'utf8')
  const target = /^(?:import|export)(?! type)(?:[^'\n]* from)? ?'(\..*)'$/m.exec(text)?.[1]
  return target === undefined ? path : firstLoaded(join(dirname(path), target))
}

const needed = String(manifest.engines.node).replace('>=', '')
const [major = 0, minor = 0] = needed.split('.').map(Number)
const sentence = (version: string) => {
  return `heddle needs Node ${needed} or later, and this is Node ${version}`
}

test('the version that it needs is the one of package.json', () => {
  for (const good of [`${needed}.0`, `${major}.${minor + 1}.0`, `${major + 1}.0.0`]) {
    expect(problemWith(good), good).toBe(undefined)
  }
  for (const old of [`${major}.${minor - 1}.9`, `${major - 1}.99.0`, '8.0.0']) {
    expect(problemWith(old), old).toBe(sentence(old))
  }
})

test.each(entries)('%s looks at the version before it loads anything else', (entry) => {
  expect(firstLoaded(join(ROOT, entry))).toBe(join(ROOT, 'src/node-version.ts'))
})

test('the module that looks at the version loads nothing', () => {
  const text = readFileSync(join(ROOT, 'src/node-version.ts'), 'utf8')
  expect(text).not.toMatch(/^import|from '/m)
  const kept = manifest.sideEffects // bundlers leave out what has none
  expect(kept).toEqual(['./src/node-version.ts', './dist/src/node-version.js'])
})

test('every entry and every example says on an older Node what it needs', async () => {
  const old = `${major - 2}.11.1`
  const modules = [...entries, ...examples].map((path) => pathToFileURL(join(ROOT, path)).href)
  const aging = `Object.defineProperty(process.versions, 'node', { value: '${old}' })`
  const asking = `
    const said = []
    for (const module of ${JSON.stringify(modules)}) {
      said.push(await import(module).then(() => 'nothing', (error) => error.message))
    }
    process.stdout.write(JSON.stringify(said))`
  const imports = ['--import', `data:text/javascript,${encodeURIComponent(aging)}`]
  const { stdout } = await runNode([...imports, '--input-type=module', '--eval', asking])
  expect(examples).toContain('examples/01-hello/main.ts')
  expect(JSON.parse(stdout)).toEqual(modules.map(() => sentence(old)))
})
