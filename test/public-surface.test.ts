/**
 * The public surface under version control: its names and the kinds of the wire in one file, its
 * signatures in another. A change that was not meant to be one is seen before it is published.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { signaturesOf } from '../scripts/signatures.ts'
import { readSources, readText } from './architecture/source-tree.ts'
import { nameOf, nodesOf, type SyntaxNode, textOf } from './architecture/syntax.ts'
import { sourcesOfSubpaths, writeDeclarations } from './fixtures/declarations.ts'
import { tempFolder } from './fixtures/temp-folder.ts'

const SURFACE = 'test/surface.snap.txt'
const SIGNATURES = 'test/signatures.snap.txt'

function expectKept(path: string, what: string, now: string): void {
  const url = new URL(`../${path}`, import.meta.url)
  if (process.env.HEDDLE_UPDATE_SURFACE === '1') writeFileSync(url, now)
  const mend =
    `${what} changed. If that was meant, run ` +
    '`HEDDLE_UPDATE_SURFACE=1 npm test -- test/public-surface.test.ts`, ' +
    `commit ${path}, and say so in CHANGELOG.md`
  expect(existsSync(url), mend).toBe(true)
  expect(now, mend).toBe(readText(path))
}

/** `value Name` or `type Name` for each name that an index exports. */
function exportedNames(text: string): string[] {
  return nodesOf(text, 'ExportNamedDeclaration').flatMap((statement) => {
    if (statement.declaration) {
      throw new Error(
        `an index re-exports, and declares nothing (line ${statement.loc.start.line})`,
      )
    }
    return (statement.specifiers as SyntaxNode[]).map((specifier) => {
      const isType = statement.exportKind === 'type' || specifier.exportKind === 'type'
      return `${isType ? 'type' : 'value'} ${nameOf(specifier.exported)}`
    })
  })
}

/** The names that a file imports from an index. */
function importedNames(path: string, text: string, index: string): string[] {
  const imports = nodesOf(text, 'ImportDeclaration').filter((statement) => {
    return posix.join(posix.dirname(path), textOf(statement.source) ?? '') === index
  })
  return imports.flatMap((statement) => {
    return (statement.specifiers as SyntaxNode[]).map(({ imported }) => nameOf(imported) ?? '')
  })
}

/** The text of every `kind: '…'` in a type. */
function kinds(text: string): string[] {
  return nodesOf(text, 'TSPropertySignature')
    .filter((property) => nameOf(property.key) === 'kind')
    .flatMap((property) => {
      const annotation = property.typeAnnotation as SyntaxNode | undefined
      const type = annotation?.typeAnnotation as SyntaxNode | undefined
      const choices = type?.type === 'TSUnionType' ? (type.types as SyntaxNode[]) : [type]
      return choices.map((choice) => textOf(choice?.literal)).filter((kind) => kind !== undefined)
    })
}

function section(title: string, lines: readonly string[]): string {
  return `[${title}]\n${[...new Set(lines)].sort().join('\n')}\n`
}

/** Every subpath with its names, then the kinds of record that cross between router and lane. */
function surface(): string {
  const subpaths = [...sourcesOfSubpaths()].map(([specifier, source]) => {
    return section(specifier, exportedNames(readText(source)))
  })
  const wires = [...readSources(['src'])].filter(([path]) => path.endsWith('/wire.ts'))
  return [
    ...subpaths,
    section(
      'wire',
      wires.flatMap(([, text]) => kinds(text)),
    ),
  ].join('\n')
}

async function signatures(): Promise<string> {
  const folder = tempFolder('declarations')
  await writeDeclarations(folder)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const paths = files.filter((path) => path.endsWith('.d.ts'))
  const texts = paths.map((path) => {
    return [path.replaceAll('\\', '/'), readFileSync(join(folder, path), 'utf8')] as const
  })
  const entries = [...sourcesOfSubpaths()].map(([specifier, source]) => {
    return [specifier, source.replace(/\.ts$/, '.d.ts')] as const
  })
  return signaturesOf(new Map(texts), Object.fromEntries(entries))
}

test('the public names and the kinds of the wire are those of the snapshot', () => {
  expectKept(SURFACE, 'the public names or the kinds of the wire have', surface())
})

test('the signatures of the public names are those of the snapshot', async () => {
  expectKept(SIGNATURES, 'the signatures of the public names have', await signatures())
}, 120_000)

test('each name of heddle/agentchat is in a type test', () => {
  const index = 'src/agentchat/index.ts'
  const tests = [...readSources(['test/types'])]
  const tested = new Set(tests.flatMap(([path, text]) => importedNames(path, text, index)))
  const names = exportedNames(readText(index)).map((line) => line.replace(/^(value|type) /, ''))
  const untested = names.filter((name) => !tested.has(name))
  const mend = 'say what the compiler infers and what it refuses, in a file of test/types'
  expect(untested, `no type test imports ${untested.join(', ')}: ${mend}`).toEqual([])
})

test('a name, the change of a value to a type, and a kind would show', () => {
  const index = "export { a, type B, c as d } from './a.ts'\nexport type { E } from './e.ts'"
  expect(exportedNames(index)).toEqual(['value a', 'type B', 'value d', 'type E'])
  expect(() => exportedNames('export const a = 1')).toThrow('re-exports')
  const imports = "import { a, type B, c as d } from '../a.ts'\nimport { e } from './a.ts'"
  expect(importedNames('test/b.ts', imports, 'a.ts')).toEqual(['a', 'B', 'c'])
  expect(
    kinds(
      "type A = { readonly kind: 'x' } | { kind: 'y' | 'z'; other: 'w' }; const b = { kind: 'v' }",
    ),
  ).toEqual(['x', 'y', 'z'])
})
