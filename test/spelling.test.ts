/** The words that the spelling check takes for right: in order, and none that nobody writes. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readText } from './architecture/source-tree.ts'

const ROOT = new URL('../', import.meta.url)
const NOT_CHECKED = ['.git', 'node_modules', 'dist', 'reference', 'figures', 'spelling']

function textsIn(folder: URL): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_CHECKED.includes(entry.name) || entry.name === 'package-lock.json') return []
    if (entry.isDirectory()) return textsIn(new URL(`${entry.name}/`, folder))
    return readFileSync(new URL(entry.name, folder), 'utf8')
  })
}

const written = textsIn(ROOT).join('\n').toLowerCase()

describe.each(['spelling/terms.txt', 'spelling/mistyped.txt'])('%s', (path) => {
  const words = readText(path).trimEnd().split('\n')

  test('has each word once, in the order of the alphabet', () => {
    expect(words).toEqual([...new Set(words)].toSorted())
  })

  test('has no word that the project does not write', () => {
    expect(words.filter((word) => !written.includes(word))).toEqual([])
  })
})
