/**
 * The page that compares teams with AutoGen's names the tests that show what it says. This test
 * checks that they exist.
 */
import { expect, test } from 'vitest'
import { readSources, readText } from './architecture/source-tree.ts'

const rows = readText('docs/teams-beside-autogen.md')
  .split('\n')
  .map((line) => line.split(' | '))
  .filter(({ length }) => length === 3)

/** Titles, alone or with the title that they stand below: `a join > waits`. */
const titles = rows.flatMap((cells) =>
  [...(cells[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, title = '']) => title),
)

test('each line says what AutoGen does, what heddle does, and names a test', () => {
  expect(rows.length).toBeGreaterThan(100)
  const bare = rows.filter((cells) => !/`.+`/.test(cells[2] ?? ''))
  expect(bare.filter(([first]) => first !== '| AutoGen')).toEqual([])
})

test('each test that it names is there', () => {
  const tests = [...readSources(['test']).values()]
  const isThere = (part: string) => tests.some((text) => text.includes(part))
  const missing = titles.filter((title) => !title.split(' > ').every(isThere))
  expect(missing).toEqual([])
})
