import { describe, expect, test } from 'vitest'
import { fingerprintsOf, GRAM, type Token, WINDOW } from '../../examples/audit/fingerprints.ts'
import { type MeasuredFile, measureFile } from '../../examples/audit/measure.ts'

function measured(path: string, text: string): MeasuredFile {
  const outcome = measureFile(path, text)
  if (outcome.kind !== 'measured') throw new Error(outcome.reason)
  return outcome
}

const BRANCHY = `function plain(a) { return a }
const branchy = (a, b) => {
  if (a && b) return 1
  for (const x of a) {
    while (x) x.y ??= 1
  }
  switch (b) {
    case 1:
    case 2: return 2
    default: return 3
  }
  try { a() } catch { b() }
  return a ? 1 : 2
}
if (branchy) plain()
`

test.each([
  ['', 0],
  ['a', 1],
  ['a\n', 1],
  ['a\r\n\r\n', 2],
  ['a\nb', 2],
  ['a // the last one\n', 1],
])('lines are counted without an empty last one: %j has %i', (text, lines) => {
  expect(measured('a.js', text).lines).toBe(lines)
})

describe('complexity, counted by hand', () => {
  test('each decision adds one to the function it stands in', () => {
    const file = measured('a.js', BRANCHY)
    // 1, if, &&, for, while, ??=, two cases, catch and ?:
    expect(file.worst).toEqual({ name: 'branchy', line: 2, complexity: 10, lines: 13 })
    expect(file.functions).toBe(2)
    // plain, branchy, and the if outside
    expect(file.complexity).toBe(1 + 10 + 1)
  })

  test('a function inside another counts for itself, in decisions and in lines', () => {
    const text = `function outer(a) {
  if (a) return
  function inner(b) {
    return b
      ? 1
      : b || 2
  }
}`
    const file = measured('a.js', text)
    expect(file.worst).toEqual({ name: 'inner', line: 3, complexity: 3, lines: 5 })
    expect(file.complexity).toBe(2 + 3)
    // Eight lines; four of them belong only to inner.
    expect(file.longest?.name).toBe('inner')
  })

  test('a function has its own name or that of what it is assigned to', () => {
    const name = (text: string) => measured('a.ts', text).worst?.name
    expect(name('class A { #hidden() {} }')).toBe('#hidden')
    expect(name('class A { field = () => 1 }')).toBe('field')
    expect(name('const a = { "in quotes"() {} }')).toBe('in quotes')
    expect(name('module.exports.given = function () {}')).toBe('given')
    expect(name('(function () {})()')).toBe('(anonymous)')
  })
})

describe('languages', () => {
  test('types, JSX, decorators and declarations are read by their extension', () => {
    expect(measured('a.ts', 'let a = <T>(b: T): T => b as T').functions).toBe(1)
    expect(measured('a.tsx', 'let a = (b: string) => <b>{b}</b>').functions).toBe(1)
    expect(measured('a.js', 'let a = (b) => <b>{b}</b>').functions).toBe(1)
    expect(measured('a.ts', '@sealed class A { accessor b = 1 }').functions).toBe(0)
    expect(measured('a.d.mts', 'export function a(b: string): void').functions).toBe(0)
  })

  test('CommonJS may return at its top level', () => {
    expect(measured('a.cjs', 'if (done) return\nwith (a) b()').recovered).toBe(0)
  })

  test('an error that the parser recovers from is counted, not refused', () => {
    expect(measured('a.js', 'let a\nlet a').recovered).toBe(1)
  })

  test('a file that cannot be parsed is an outcome with its reason', () => {
    expect(measureFile('a.js', 'function (')).toEqual({
      kind: 'unparsable',
      path: 'a.js',
      bytes: 10,
      reason: expect.stringContaining('(1:'),
    })
  })
})

describe('fingerprints', () => {
  const words = (prefix: string, count: number): string =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`).join('\n')

  const hashesOf = (text: string): Set<number> =>
    new Set(measured('a.js', text).fingerprints.hashes)

  test('layout, comments, semicolons and literals do not show, names do', () => {
    const text = words('name', 100)
    const same = text.replaceAll('\n', '; // a comment\n\n')
    expect(hashesOf(same)).toEqual(hashesOf(text))
    expect(hashesOf(words('name', 100).replace('name50', 'other'))).not.toEqual(hashesOf(text))
    const calls = Array.from({ length: 40 }, (_, index) => `call('a', ${index})`).join('\n')
    expect(hashesOf(calls.replaceAll("'a'", "'b'"))).toEqual(hashesOf(calls))
  })

  test('texts that share GRAM + WINDOW - 1 tokens share a fingerprint, wherever these stand', () => {
    const common = words('shared', GRAM + WINDOW - 1)
    const alone = hashesOf(common)
    expect(alone.size).toBeGreaterThan(0)
    for (let before = 0; before < 60; before++) {
      const other = hashesOf(`${words('before', before)}\n${common}\n${words('after', 30)}`)
      const first = hashesOf(`${words('lead', 40)}\n${common}\n${words('trail', before)}`)
      expect([...first].some((hash) => other.has(hash))).toBe(true)
    }
  })

  test('what is shorter than GRAM tokens has none', () => {
    expect(hashesOf(words('a', GRAM - 1)).size).toBe(0)
    expect(hashesOf(words('a', GRAM)).size).toBe(1)
  })

  test('hashes are sorted and unique, each with the first line it starts on', () => {
    const token = (value: string, line: number): Token => ({
      type: { label: 'name' },
      value,
      loc: { start: { line } },
    })
    const block = Array.from({ length: 60 }, (_, index) => `name${index}`)
    const twice = [...block, ...block].map((value, index) => token(value, index + 1))
    const { hashes, lines } = fingerprintsOf(twice)
    expect([...hashes]).toEqual([...new Set(hashes)].sort((a, b) => a - b))
    const once = fingerprintsOf(twice.slice(0, block.length))
    for (const [index, hash] of once.hashes.entries()) {
      expect(lines[hashes.indexOf(hash)]).toBe(once.lines[index])
    }
  })
})
