import { existsSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readSources, readText } from './architecture/source-tree.ts'
import { nameOf, nodesOf, type SyntaxNode, textOf } from './architecture/syntax.ts'

const SNAPSHOT = new URL('./surface.snap.txt', import.meta.url)
const MEND =
  'the public surface has changed. If that is intended, run `HEDDLE_UPDATE_SURFACE=1 npm test -- test/public-surface.test.ts`, ' +
  'commit test/surface.snap.txt, and say so in CHANGELOG.md'

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

/** The value of every `kind: '…'` in a type. */
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
  const manifest = JSON.parse(readText('package.json')) as { exports: Record<string, unknown> }
  const subpaths = Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    const source = target instanceof Object && (target as Record<string, string>)['heddle-source']
    return source ? section(`heddle${subpath.slice(1)}`, exportedNames(readText(source))) : []
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

test('the public names and the kinds of the wire are those of the snapshot', () => {
  const now = surface()
  if (process.env.HEDDLE_UPDATE_SURFACE === '1') writeFileSync(SNAPSHOT, now)
  expect(existsSync(SNAPSHOT), MEND).toBe(true)
  expect(now, MEND).toBe(readText('test/surface.snap.txt'))
})

test('a name, the change of a value to a type, and a kind would show', () => {
  const index = "export { a, type B, c as d } from './a.ts'\nexport type { E } from './e.ts'"
  expect(exportedNames(index)).toEqual(['value a', 'type B', 'value d', 'type E'])
  expect(() => exportedNames('export const a = 1')).toThrow('re-exports')
  expect(
    kinds(
      "type A = { readonly kind: 'x' } | { kind: 'y' | 'z'; other: 'w' }; const b = { kind: 'v' }",
    ),
  ).toEqual(['x', 'y', 'z'])
})
