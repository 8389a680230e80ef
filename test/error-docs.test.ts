import { expect, test } from 'vitest'
import { ERROR_CODES } from '../src/errors.ts'
import { readSources, readText, type Sources } from './architecture/source-tree.ts'
import { nodesOf, textOf } from './architecture/syntax.ts'

const codes = Object.keys(ERROR_CODES)

/** The codes that are headings, in order, with repetitions. */
function headings(page: string): string[] {
  return [...page.matchAll(/^## `?(HEDDLE_[A-Z0-9_]+)`?\s*$/gm)].map((match) => match[1] ?? '')
}

/** The codes that no string in these sources contains. */
function unnamed(wanted: readonly string[], sources: Sources): string[] {
  const texts = [...sources].filter(([path]) => path !== 'src/errors.ts').map(([, text]) => text)
  const named = new Set(texts.flatMap((text) => nodesOf(text, 'StringLiteral').map(textOf)))
  return wanted.filter((code) => !named.has(code))
}

test('every error code has one heading in docs/errors.md, and every heading a code', () => {
  expect(headings(readText('docs/errors.md')).sort()).toEqual([...codes].sort())
})

test('every error code is thrown somewhere in src', () => {
  expect(unnamed(codes, readSources(['src']))).toEqual([])
})

test('a missing heading, a heading too many and a code that is never thrown would show', () => {
  expect(headings('# Errors\n\n## HEDDLE_A\n\n## `HEDDLE_B`\n### HEDDLE_C\n## HEDDLE_A\n')).toEqual(
    ['HEDDLE_A', 'HEDDLE_B', 'HEDDLE_A'],
  )
  const sources = new Map([
    ['src/errors.ts', "const table = ['HEDDLE_A']"],
    ['src/ids/a.ts', "// HEDDLE_A\nthrow new HeddleError('HEDDLE_B', {})"],
  ])
  expect(unnamed(['HEDDLE_A', 'HEDDLE_B'], sources)).toEqual(['HEDDLE_A'])
})
