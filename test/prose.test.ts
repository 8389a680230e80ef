/** Comments and pages are broken at the measure. `npm run reflow` does it. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MEASURE, reflowPage, reflowSource } from '../scripts/prose.ts'

const ROOT = new URL('../', import.meta.url)
const NOT_OURS = ['.git', 'node_modules', 'dist', 'reference']

function filesIn(folder: URL): URL[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [new URL(entry.name, folder)]
    return NOT_OURS.includes(entry.name) ? [] : filesIn(new URL(`${entry.name}/`, folder))
  })
}

const files = filesIn(ROOT).map((url) => [url.href.slice(ROOT.href.length), url] as const)
const atMeasure = (ending: string, reflow: (text: string) => string) =>
  files.flatMap(([path, url]) => {
    if (!path.endsWith(ending)) return []
    const text = readFileSync(url, 'utf8')
    return reflow(text) === text ? [] : path
  })

test('comments of source files are at the measure', () => {
  expect(files.length).toBeGreaterThan(500)
  expect(atMeasure('.ts', reflowSource)).toEqual([])
})

test('pages are at the measure', () => {
  expect(atMeasure('.md', reflowPage)).toEqual([])
})

test('parts of the head of a file begin a line', () => {
  const inside = /^ *\*.*[.)!?`] (?:Owns|Does not own|Invariants?|Gotchas?):/m
  const found = files.filter(([path, url]) => {
    return path.startsWith('src/') && inside.test(readFileSync(url, 'utf8'))
  })
  expect(found.map(([path]) => path)).toEqual([])
  expect('/**\n * It is. Owns: this.\n */').toMatch(inside)
})

const long = Array.from({ length: 40 }, (_, at) => `word${at}`).join(' ')

describe('a long line is broken', () => {
  test.each([
    ['a line', `/** ${long} */\nconst a = 1\n`],
    ['a block', `/**\n * ${long}\n *\n * - ${long}\n */\nconst a = 1\n`],
    ['a comment in code', `if (a) {\n  // ${long}\n  b()\n}\n`],
    ['a comment behind code', `b() // ${long}\n`],
  ])('in %s', (_, text) => {
    const said = reflowSource(text)
    expect(said.split('\n').every((line) => line.length <= MEASURE)).toBe(true)
    expect(said.match(/word\d+/g)).toEqual(text.match(/word\d+/g))
    expect(reflowSource(said)).toBe(said)
  })

  test('on a page, but not in its tables, headings, code and links', () => {
    const kept = `# ${long}\n\n| ${long} |\n\n\`\`\`sh\n${long}\n\`\`\`\n`
    expect(reflowPage(kept)).toBe(kept)
    const said = reflowPage(`${long}\n\n1. ${long}\n`)
    expect(said.split('\n').every((line) => line.length <= MEASURE)).toBe(true)
    expect(reflowPage(said)).toBe(said)
    expect(said).toMatch(/^1\. word0/m)
    expect(said).toMatch(/^ {3}word/m)
  })
})

test('parts of the head of a file begin a line each, and code is not touched', () => {
  const head = `/**\n * What it is. ${long}\n *\n * Owns: this.\n * Invariant: that.\n */\nconst text = '${long}'\n`
  expect(reflowSource(head)).toContain('\n * Owns: this.\n * Invariant: that.\n')
  expect(reflowSource(head)).toContain(`const text = '${long}'`)
})
