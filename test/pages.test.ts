import { existsSync, readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSources, readText } from './architecture/source-tree.ts'

const ROOT = new URL('../', import.meta.url)
const FOLDERS = ['docs/', 'docs/guide/', 'docs/decisions/']
const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...FOLDERS.flatMap(pagesIn)]
const examples = readdirSync(new URL('examples/', ROOT)).filter((name) => /^\d\d-/.test(name))

function pagesIn(folder: string): string[] {
  const names = readdirSync(new URL(folder, ROOT)).filter((name) => name.endsWith('.md'))
  return names.map((name) => folder + name)
}

/** Each block of code or output of a page, with the file of the last link before it. */
function codeBlocks(page: string): { file: string | undefined; code: string }[] {
  return [...page.matchAll(/^```(?:tsx?|text)\n(.*?)^```$/gms)].map((block) => {
    const links = linksIn(page.slice(0, block.index).split('\n```').at(-1) ?? '')
    return { file: links.at(-1), code: block[1] ?? '' }
  })
}

/** The anchors that a page's headings make. */
function anchorsOf(page: string): string[] {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map((heading) => heading[1] ?? '')
  return headings.map((text) => {
    const kept = text.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '')
    return kept.replaceAll(' ', '-')
  })
}

/** The targets of a page's links within the project. */
function linksIn(page: string): string[] {
  const targets = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map((link) => link[1] ?? '')
  return targets.filter((target) => !/^[a-z]+:|^#/.test(target))
}

/** Lines of prose that repeat the line before them, as when an old version was not deleted. */
function doubledLines(page: string): string[] {
  const lines = page.replaceAll(/^```.*?^```$/gms, '').split('\n')
  return lines.filter((line, index) => {
    const before = lines[index - 1] ?? ''
    if (!/^\w/.test(line) || !/^\w/.test(before)) return false
    const starts = Array.from({ length: Math.max(0, line.length - 39) }, (_, start) => start)
    return starts.some((start) => before.includes(line.slice(start, start + 40)))
  })
}

describe.each(pages)('%s', (path) => {
  const page = readText(path)
  const fromRoot = (target: string) => posix.join(posix.dirname(path), target.replace(/#.*/, ''))

  test('shows no code but that of the file it names', () => {
    for (const { file, code } of codeBlocks(page)) {
      expect(file, `no link before:\n${code}`).toBeDefined()
      expect(code).toBe(readText(fromRoot(file ?? '')))
    }
  })

  test('repeats nothing in successive lines', () => {
    expect(doubledLines(page)).toEqual([])
  })

  test('has no link that leads nowhere', () => {
    const broken = linksIn(page).filter((target) => !existsSync(new URL(fromRoot(target), ROOT)))
    expect(broken).toEqual([])
  })

  test('has no link to a heading that is not there', () => {
    const broken = linksIn(page).filter((target) => {
      const [, anchor] = target.split('#')
      return anchor !== undefined && !anchorsOf(readText(fromRoot(target))).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})

/** The files of an example: all of them, but of its folders only the code of its page. */
function filesOf(name: string): string[] {
  const entries = readdirSync(new URL(`examples/${name}/`, ROOT), { withFileTypes: true })
  const code = readSources([`examples/${name}/page`], /\.tsx?$/)
  const files = entries.filter((entry) => entry.isFile())
  const own = files.map((file) => `examples/${name}/${file.name}`)
  return [...own, ...code.keys()]
}

test.each(examples)('the guide has a page for %s, with all its files', (name) => {
  const page = readText(`docs/guide/${name}.md`)
  const folder = `../../examples/${name}/`
  const blocks = codeBlocks(page).map(({ file }) => file ?? '')
  const shown = blocks.filter((file) => file.startsWith(folder)) // it may show others beside them
  expect(shown.toSorted()).toEqual(
    filesOf(name)
      .map((file) => `../../${file}`)
      .toSorted(),
  )
})

test('the guide leads to each of its pages', () => {
  const rest = pagesIn('docs/guide/').filter((path) => path !== 'docs/guide/README.md')
  const linked = linksIn(readText('docs/guide/README.md')).map((target) => `docs/guide/${target}`)
  expect(rest.filter((path) => !linked.includes(path))).toEqual([])
})

test('the README shows an example', () => {
  expect(codeBlocks(readText('README.md')).length).toBeGreaterThan(0)
})

/** What the map says of a folder of `src`: a paragraph, or the item of a list. */
function paragraphOf(map: string, folder: string): string {
  const parts = map.split(/\n(?=\n|- )/).map((part) => part.trim().replace(/^- /, ''))
  const mark = (name: string) => `**\`${name}\``
  const marks = [mark(folder), mark(folder.replace('src/', ''))]
  return parts.find((part) => marks.some((start) => part.startsWith(start))) ?? ''
}

test('the map of the code names every file in the paragraph of its folder', () => {
  const map = readText('docs/design.md')
  const missing = [...readSources(['src']).keys()].filter((path) => {
    return !paragraphOf(map, posix.dirname(path)).includes(`\`${posix.basename(path)}\``)
  })
  expect(missing).toEqual([])
  expect([...readSources(['workers']).keys()].filter((path) => !map.includes(path))).toEqual([])
})

test('code without a link, code of another file, headings and links would show', () => {
  const page =
    'See [a](b/a.ts):\n\n```ts\none\n```\n\n```text\ntwo\n```\n[x](https://x) [y](#y) [z](z.md#q)\n'
  expect(codeBlocks(page)).toEqual([
    { file: 'b/a.ts', code: 'one\n' },
    { file: undefined, code: 'two\n' },
  ])
  expect(anchorsOf('# One\n## D4 all [P at all]\n## HEDDLE_A\n')).toEqual([
    'one',
    'd4-all-p-at-all',
    'heddle_a',
  ])
  expect(linksIn(page)).toEqual(['b/a.ts', 'z.md#q'])
  const twice = 'holds what can’t cross a thread unharmed'
  expect(doubledLines(`A payload ${twice}:\nA payload or a reply ${twice}.\n`)).toHaveLength(1)
})
