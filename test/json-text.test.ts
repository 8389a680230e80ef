import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText } from '../src/json-text.ts'

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const ring = () => {
  const own: Record<string, unknown> = { n: 1 }
  own.self = own
  return own
}
const throwing = {
  toJSON() {
    throw new Error('no text')
  },
}
class Ticket {
  readonly id = 'T-1'
}
class Client {
  readonly #secret = 1
  get secret() {
    return this.#secret
  }
}

test.each<[string, unknown, unknown]>([
  ['nothing', undefined, null],
  ['a bigint', { amount: 10n }, { amount: '10' }],
  ['what is no finite number', [Number.NaN, -Infinity], ['NaN', '-Infinity']],
  ['a field that is undefined', { a: undefined, b: 1 }, { b: 1 }],
  ['a map', new Map([['a', 1]]), { a: 1 }],
  ['a map with other keys', new Map([[1, 'one']]), [[1, 'one']]],
  ['a set', new Set([1, 'a']), [1, 'a']],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a date that is none', new Date(Number.NaN), 'Invalid Date'],
  ['bytes', Buffer.from('hello'), 'aGVsbG8='],
  ['a buffer', new Uint8Array([104, 105]).buffer, 'aGk='],
  ['numbers', new Float32Array([0.5, 1]), [0.5, 1]],
  ['a regular expression', /x/g, '/x/g'],
  ['a URL', new URL('https://example.com'), 'https://example.com/'],
  ['a boxed text', Object('x'), 'x'],
  ['a function', { run() {} }, { run: "the function 'run'" }],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a class instance', new Ticket(), { id: 'T-1' }],
  ['a class instance without fields', { c: new Client() }, { c: 'an object (Client)' }],
  ['a promise', Promise.resolve(1), 'an object (Promise)'],
  ['a ring', ring(), { n: 1, self: '(the same as an object above)' }],
  ['a key called __proto__', JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
  [
    'an error',
    Object.assign(new TypeError('why', { cause: new Error('below') }), { code: 'E', status: 4 }),
    {
      name: 'TypeError',
      message: 'why',
      code: 'E',
      cause: { name: 'Error', message: 'below' },
      status: 4,
    },
  ],
  ['a map of another realm', runInNewContext('new Map([["a", 1]])'), { a: 1 }],
  ['a date of another realm', runInNewContext('new Date(0)'), '1970-01-01T00:00:00.000Z'],
  [
    'an error of another realm',
    runInNewContext('new Error("there")'),
    { name: 'Error', message: 'there' },
  ],
])('%s', (_, value, shown) => {
  expect(JSON.parse(jsonText(value))).toEqual(shown)
})

test.each<[string, unknown, string]>([
  ['a text that throws', throwing, 'no text'],
  ['a revoked proxy', { a: revoked() }, "can't be read"],
  [
    'a getter that throws',
    {
      get a() {
        throw new Error('no value')
      },
    },
    'no value',
  ],
])('what can not be read is said: %s', (_, value, part) => {
  expect(jsonText(value)).toContain(part)
})

test('what is too deep, or too much, is cut, and the text says so', () => {
  let deep: unknown = 1
  for (let level = 0; level < 10_000; level++) deep = [deep]
  expect(jsonText(deep)).toContain('nested deeper')
  const many = Array.from({ length: 1_000 }, (_, n) => n)
  for (const much of ['x'.repeat(5_000), many, Object.fromEntries(many.map((n) => [`f${n}`, n]))]) {
    const text = jsonText(much, 100)
    expect(text.length).toBeLessThan(1_000)
    expect(text).toMatch(/more (characters|items|fields)/)
    expect(() => JSON.parse(text)).not.toThrow()
  }
  expect(jsonText(new Uint8Array(5_000), 100)).toContain('more bytes')
})

test('what JSON carries is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonText(value)).toBe(JSON.stringify(value))
    }),
  )
})

test('any value gives JSON text', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
  })
  fc.assert(
    fc.property(anything, (value) => {
      expect(JSON.parse(jsonText(value, 500))).not.toBe(undefined)
    }),
  )
})
