import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeDuplicates } from '../../examples/audit/duplicates.ts'
import { measureFile } from '../../examples/audit/measure.ts'
import { startProgress } from '../../examples/audit/progress.ts'
import { assembleReport, reportJson } from '../../examples/audit/report.ts'
import { type FileOutcome, scorePackage } from '../../examples/audit/score.ts'
import { duplicatesIn, MAX_PACKAGES } from '../../examples/audit/shard-duplicates.ts'
import { SHARDS, type Slice, slicesOf } from '../../examples/audit/slices.ts'
import { renderTables } from '../../examples/audit/tables.ts'

/** A block of `lines` lines of code. The same seed always gives the same block. */
function block(seed: string, lines = 100): string {
  return Array.from({ length: lines }, (_, index) => `${seed}(${seed}${index})`).join('\n')
}

interface Planted {
  readonly package: string
  readonly path: string
  readonly text: string
}

const PLANTED: readonly Planted[] = [
  { package: 'a', path: 'one.js', text: `function f(x) { if (x) return 1 }\n${block('copied')}` },
  { package: 'a', path: 'two.js', text: `function h(x) { if (x) return 2 }\n${block('own')}` },
  { package: 'b', path: 'lib/copy.js', text: `${block('before')}\n${block('copied')}` },
  { package: 'b', path: 'lib/copy.mjs', text: `${block('before')}\n${block('copied')}` },
  { package: 'c', path: 'broken.ts', text: 'let = =' },
  { package: 'c', path: 'broken-too.ts', text: '(' },
  { package: 'c', path: 'own.ts', text: `${block('other')}\nfunction g(): void {}` },
  { package: 'd', path: 'third.js', text: block('copied', 80) },
]

/**
 * The report when files come one by one in the given order, and shards are matched in the order
 * that `turnShards` gives.
 */
function reportOf(files: readonly Planted[], turnShards: (shards: Slice[][]) => Slice[][]): string {
  const outcomes = new Map<string, FileOutcome[]>()
  const shards = Array.from({ length: SHARDS }, (): Slice[] => [])
  for (const file of files) {
    const outcome = measureFile(file.path, file.text)
    const known = outcomes.get(file.package) ?? []
    outcomes.set(file.package, [...known, outcome])
    if (outcome.kind !== 'measured') continue
    for (const slice of slicesOf(file.package, [outcome])) shards[slice.shard]?.push(slice)
  }
  const scores = [...outcomes].map(([name, found]) => scorePackage(name, found))
  const duplicates = mergeDuplicates(turnShards(shards).map(duplicatesIn))
  return reportJson(assembleReport(scores, duplicates))
}

describe('the report', () => {
  test('is the same to the byte in whatever order files, slices and shards come', () => {
    const expected = reportOf(PLANTED, (shards) => shards)
    const shuffled = fc.shuffledSubarray([...PLANTED], { minLength: PLANTED.length })
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 0, max: SHARDS - 1 }), (files, turn) => {
        const turned = (shards: Slice[][]) => [...shards.slice(turn), ...shards.slice(0, turn)]
        expect(reportOf(files, turned)).toBe(expected)
      }),
      { numRuns: 30 },
    )
  })

  test('counts every file, and names those that could not be parsed', () => {
    const report = JSON.parse(reportOf(PLANTED, (shards) => shards))
    expect(report.totals).toMatchObject({ packages: 4, files: 8, unparsable: 2, functions: 3 })
    expect(report.packages[2].unparsable).toEqual([
      { path: 'broken-too.ts', reason: expect.stringContaining('1:') },
      { path: 'broken.ts', reason: expect.stringContaining('1:') },
    ])
  })

  test('finds copied code, once for a package that ships it twice', () => {
    const { duplicates } = JSON.parse(reportOf(PLANTED, (shards) => shards))
    const found = duplicates.packages.map((pair: { left: string; right: string }) => [
      pair.left,
      pair.right,
    ])
    expect(found).toContainEqual(['a', 'b'])
    expect(found).toContainEqual(['b', 'd'])
    expect(found.flat()).not.toContain('c')
    expect(duplicates.packages[0]).toMatchObject({ left: 'a', right: 'b', filePairs: 1 })
    const [pair] = duplicates.packages[0].files
    expect([pair.left.path, pair.right.path]).toEqual(['one.js', 'lib/copy.js'])
    // The copy starts on line 2 of one file and after 100 lines of the other.
    expect(pair.right.line - pair.left.line).toBe(100 - 1)
  })

  test('what too many packages share is counted, and paired for the first of them', () => {
    const names = Array.from({ length: MAX_PACKAGES + 4 }, (_, index) => `p${10 + index}`)
    const files = names.map((name) => ({ package: name, path: 'x.js', text: block('common') }))
    const { duplicates } = JSON.parse(reportOf(files.reverse(), (shards) => shards))
    expect(duplicates.common).toBe(duplicates.fingerprints)
    expect(duplicates.packages).toHaveLength((MAX_PACKAGES * (MAX_PACKAGES - 1)) / 2)
    const paired = duplicates.packages.flatMap((pair: { left: string; right: string }) => [
      pair.left,
      pair.right,
    ])
    expect([...new Set(paired)].sort()).toEqual([...names].sort().slice(0, MAX_PACKAGES))
  })

  test('its tables name the most complex package and the most duplicated code', () => {
    const report = JSON.parse(reportOf(PLANTED, (shards) => shards))
    const text = renderTables(report, { rows: 1, style: 'plain' })
    expect(text).toMatch(/Most complex packages[\s\S]*│ a +│/)
    expect(text).toMatch(/Most duplicated code[\s\S]*│ a +│ b +│/)
    expect(text).toContain('c/broken-too.ts: ')
    expect(text).toContain('… and 1 more, in the report')
  })
})

describe('a score', () => {
  const plain = measureFile('a.js', 'function f() {}')

  test('is 0 for plain code and for none', () => {
    expect(scorePackage('p', [plain]).score).toBe(0)
    expect(scorePackage('p', []).score).toBe(0)
  })

  test('rises with decisions, and with files that could not be read', () => {
    const nested = measureFile('b.js', `function g(a) { ${'if (a) '.repeat(50)} a() }`)
    const complex = scorePackage('p', [plain, nested])
    // A mean of 26 and a worst of 51: 40 * 25 / 28 + 30 * 41 / 81.
    expect(complex.score).toBe(50.9)
    expect(complex.worst).toMatchObject({ name: 'g', path: 'b.js', complexity: 51 })
    const unread = scorePackage('p', [plain, measureFile('c.js', '(')])
    expect(unread.score).toBe(5)
  })
})

test('progress off a terminal is a plain line for every tenth', () => {
  const stream = new PassThrough()
  const progress = startProgress('audit', 40, stream)
  for (let done = 0; done < 40; done++) progress.step(1, 'a package')
  progress.stop()
  const lines = String(stream.read()).trimEnd().split('\n')
  expect(lines).toHaveLength(10)
  expect(lines[0]).toBe('audit: 10 % (4/40)')
  expect(lines[9]).toBe('audit: 100 % (40/40)')
})
