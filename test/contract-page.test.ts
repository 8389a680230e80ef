/** The contract names the code that upholds each line: files from `src`, and names within them. */
import { expect, test } from 'vitest'
import { readSources, readText } from './architecture/source-tree.ts'
import { nameOf, nodesOf, type SyntaxNode } from './architecture/syntax.ts'

interface Named {
  /** Undefined if the name comes before any file. */
  readonly file: string | undefined
  /** Undefined if only the file is named. */
  readonly name: string | undefined
}

/** The files and names of the paragraphs that say what upholds a line, each name with its file. */
function upholdersIn(page: string): Named[] {
  const paragraphs = page.split('\n\n').filter((text) => text.startsWith('*Upheld by*'))
  return paragraphs.flatMap((text) => {
    let file: string | undefined
    return [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => {
      if (!word.endsWith('.ts')) return { file, name: word }
      file = word
      return { file, name: undefined }
    })
  })
}

/** The functions and methods that a source declares; a private one with its `#`. */
function declaredIn(text: string): string[] {
  const functions = nodesOf(text, 'FunctionDeclaration').map(({ id }) => nameOf(id))
  const methods = nodesOf(text, 'ClassMethod').map(({ key }) => nameOf(key))
  const privates = nodesOf(text, 'ClassPrivateMethod').map(({ key }) => {
    return `#${nameOf((key as SyntaxNode).id)}`
  })
  return [...functions, ...methods, ...privates].filter((name) => name !== undefined)
}

test('the code that the contract names exists', () => {
  const sources = readSources(['src'])
  const missing = upholdersIn(readText('docs/contract.md')).filter(({ file, name }) => {
    const text = sources.get(`src/${file}`)
    return text === undefined || (name !== undefined && !declaredIn(text).includes(name))
  })
  expect(missing).toEqual([])
})

test('each line of the contract says what upholds it', () => {
  const [, lines = ''] = readText('docs/contract.md').split('\n## The lines\n')
  const sections = lines.split(/\n### (?=D\d)/).slice(1)
  expect(sections.map((section) => section.split(' ')[0])).toEqual(
    Array.from({ length: 11 }, (_, index) => `D${index + 1}`),
  )
  expect(sections.filter((section) => upholdersIn(section).length === 0)).toEqual([])
})

test('a file or a name that is not there would show', () => {
  expect(upholdersIn('*Upheld by* `a/b.ts` (`c`, `#d`),\nand `e.ts`.\n\n`f.ts`\n')).toEqual([
    { file: 'a/b.ts', name: undefined },
    { file: 'a/b.ts', name: 'c' },
    { file: 'a/b.ts', name: '#d' },
    { file: 'e.ts', name: undefined },
  ])
  const text = 'export function one() {}\nclass A { two() { three() }\n #four() {} }\n'
  expect(declaredIn(text)).toEqual(['one', 'two', '#four'])
})
