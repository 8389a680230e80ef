import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText } from '../src/json-text.ts'

const cycle: unknown[] = [1]
cycle.push(cycle)
const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
class Fields {
  readonly name = 'Ann'
}
class Secret {
  readonly #name = 'Ann'
  get name() {
    return this.#name
  }
}

test.for<[string, unknown, unknown]>([
  ['a bigint', { amount: 10n }, { amount: '10' }],
  ['numbers that JSON lacks', [Number.NaN, -Infinity], ['NaN', '-Infinity']],
  ['a function', { run: function go() {} }, { run: '[function go]' }],
  ['a symbol', [Symbol('x')], ['Symbol(x)']],
  ['undefined', undefined, null],
  ['an undefined member', { a: undefined, b: 1 }, { b: 1 }],
  ['a map with string keys', new Map([['a', new Map([['b', 1]])]]), { a: { b: 1 } }],
  ['a map with other keys', new Map([[1, 'a']]), [[1, 'a']]],
  ['a set', new Set(['a', 2]), ['a', 2]],
  ['a cycle', cycle, [1, '[cycle]']],
  ['what stands in it twice', [cycle[0], [cycle[0]]], [1, [1]]],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a date that is none', new Date(Number.NaN), 'Invalid Date'],
  ['an address', new URL('http://a.b/'), 'http://a.b/'],
  ['a pattern', /x/g, '/x/g'],
  ['an instance', new Fields(), { name: 'Ann' }],
  ['an instance without fields', new Secret(), '[Secret]'],
  ['a promise', Promise.resolve(), '[Promise]'],
  ['bytes', Buffer.from('hi'), { type: 'Buffer', bytes: 2, base64: 'aGk=' }],
  ['numbers in a typed array', new Float64Array([1, 2.5]), [1, 2.5]],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ['a revoked proxy', [revoked], [expect.stringContaining("can't be read")]],
  [
    'an error',
    new TypeError('no', { cause: Object.assign(new Error('low'), { code: 'ENOENT' }) }),
    { name: 'TypeError', message: 'no', cause: { name: 'Error', message: 'low', code: 'ENOENT' } },
  ],
  ['a boxed text', Object('x'), 'x'],
  ['a map of another realm', runInNewContext('new Map([["a", 1]])'), { a: 1 }],
  ['a date of another realm', runInNewContext('new Date(0)'), '1970-01-01T00:00:00.000Z'],
  ['a key called __proto__', JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
  [
    'an error of another realm',
    runInNewContext('new Error("there")'),
    { name: 'Error', message: 'there' },
  ],
  [
    'errors in an error',
    new AggregateError([new Error('one')], 'all'),
    { name: 'AggregateError', message: 'all', errors: [{ name: 'Error', message: 'one' }] },
  ],
])('%s is described', ([, value, expected]) => {
  expect(JSON.parse(jsonText(value))).toEqual(expected)
})

test('what throws when it is read is described in its place', () => {
  const failing = {
    get bad() {
      throw new Error('no such thing')
    },
    good: 1,
    toJSON: () => {
      throw new Error('not this way')
    },
  }
  expect(JSON.parse(jsonText(failing))).toMatchObject({
    bad: "[can't be read: no such thing]",
    good: 1,
  })
})

test('what is too deep or too big is cut; what is left is JSON, and says so', () => {
  let deep: unknown = 'end'
  for (let level = 0; level < 100_000; level++) deep = [deep]
  expect(jsonText(deep)).toContain('nested deeper')
  let shared: unknown = 'end'
  for (let level = 0; level < 90; level++) shared = [shared, shared]
  expect(jsonText(shared)).toContain('more]')
  const wide = JSON.parse(jsonText(Array.from({ length: 1_000_000 }, () => 'abcdef')))
  expect(wide.at(-1)).toMatch(/^\[\d+ more\]$/)
  const long = JSON.parse(jsonText({ text: 'x'.repeat(2_000_000) })).text
  expect(long).toMatch(/… \[\d+ more characters\]$/)
  expect(long.length).toBeLessThan(1_100_000)
})

test('is cut at the given length', () => {
  const many = Array.from({ length: 1_000 }, (_, n) => n)
  const bytes = new Uint8Array(5_000)
  for (const much of ['x'.repeat(5_000), many, Object.fromEntries(many.entries()), bytes]) {
    const text = jsonText(much, 100)
    expect(text.length).toBeLessThan(300)
    expect(text).toMatch(/\d+ more/)
    expect(() => JSON.parse(text)).not.toThrow()
  }
})

test('what JSON carries is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonText(value)).toBe(JSON.stringify(value))
    }),
  )
})

test('whatever the value, the text is JSON', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  fc.assert(
    fc.property(anything, (value) => {
      JSON.parse(jsonText(value))
    }),
  )
})
