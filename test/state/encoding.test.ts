import { deepStrictEqual } from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../src/state/encoding.ts'
import { anyData } from '../fixtures/arbitraries.ts'

const roundTrip = (value: unknown) => decode(encode(value))
const isPlainJson = (text: string) => !text.startsWith('!')

describe('an encoded value is decoded', () => {
  test('as structuredClone would copy it', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        deepStrictEqual(roundTrip(value), structuredClone(value))
      }),
      { numRuns: 300 },
    )
  })

  test('and encoded as JSON where JSON carries it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (any) => {
        const value = JSON.parse(JSON.stringify(any)) // without negative zeros
        fc.pre(!JSON.stringify(value).includes('__proto__'))
        expect(encode(value)).toBe(JSON.stringify(value))
      }),
    )
  })

  test('and encoded again as the same text, so that unchanged values are not sent', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        const kept = encode(roundTrip(value))
        expect(encode(decode(kept))).toBe(kept)
      }),
    )
  })

  test.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['a member that is undefined', () => ({ a: undefined })],
    ['not a number', () => Number.NaN],
    ['a negative zero', () => [-0]],
    ['a date', () => new Date(7)],
    ['a map of maps', () => new Map([['a', new Map([[1, 'b']])]])],
    ['a set', () => new Set([1, 'a'])],
    ['bytes', () => new Uint8Array([1, 2])],
    ['a piece of a larger buffer', () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
    ['a bigint', () => 2n ** 70n],
    ['a regular expression', () => /a+/gi],
    ['half of a pair of characters', () => 'a\ud800'],
    ['a string that begins with the mark', () => '!boo'],
    ['a key called __proto__', () => JSON.parse('{"__proto__": {"a": 1}}')],
    ['a field called toJSON', () => ({ toJSON: 'a text' })],
    // biome-ignore lint/suspicious/noSparseArray: it has a hole
    ['a hole', () => [1, , 3]],
    ['a list with a field', () => Object.assign([1], { extra: 2 })],
    ['a nesting of 150', () => nested(150)],
  ])('%s', (_, make) => {
    deepStrictEqual(roundTrip(make()), structuredClone(make()))
  })

  test.each<[string, () => ArrayBufferView]>([
    ['a part of a large buffer', () => new Uint8Array(1 << 20).subarray(5, 15)],
    ['a part of Node’s pool', () => Buffer.from('0123456789')],
    ['a DataView', () => new DataView(new ArrayBuffer(1 << 20), 3, 10)],
    ['wider numbers', () => new Float64Array(new ArrayBuffer(1 << 20), 8, 2)],
    ['numbers at an odd offset', () => new Uint16Array(new ArrayBuffer(7).slice(1), 2, 2)],
  ])('binary data, as the viewed bytes alone: %s', (_, make) => {
    const view = make()
    const [back, inMap] = [roundTrip(view), roundTrip(new Map([['k', view]]))] as [
      ArrayBufferView,
      Map<string, ArrayBufferView>,
    ]
    deepStrictEqual(back, view)
    for (const own of [back, inMap.get('k') as ArrayBufferView]) {
      expect(own.buffer.byteLength).toBe(view.byteLength)
      expect(Buffer.isBuffer(own)).toBe(Buffer.isBuffer(view))
    }
    expect(encode(view).length).toBeLessThan(100)
  })

  test.each([
    ['a date', 'new Date(7)'],
    ['a map', 'new Map([["k", new Date(7)]])'],
    ['a set', 'new Set([1])'],
    ['bytes', 'new Uint8Array([1, 2])'],
    ['a regular expression', '/x/g'],
    ['a record with a date', '({ at: new Date(7) })'],
    ['an error', 'new Error("x")'],
  ])('a value of another realm: %s', (_, code) => {
    const back = roundTrip(runInNewContext(code)) as object
    expect(back).toEqual(structuredClone(runInNewContext(code)))
    const own = new Function(`return ${code}`)() as object
    expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(own))
  })

  test('an error, with its class, message and cause', () => {
    const back = roundTrip(new RangeError('x', { cause: 'y' }))
    expect(back).toBeInstanceOf(RangeError)
    expect(back).toMatchObject({ message: 'x', cause: 'y' })
  })

  test('a cycle', () => {
    const circle: { self?: unknown; n: number } = { n: 1 }
    circle.self = circle
    const back = roundTrip(circle) as typeof circle
    expect(back.self).toBe(back)
  })

  test('shared parts stay shared', () => {
    const shared = { n: 1 }
    const back = roundTrip({ a: shared, b: [shared] }) as { a: unknown; b: unknown[] }
    expect(back.b[0]).toBe(back.a)
  })

  test('a part that is shared many times is written once', () => {
    let shared: unknown = { leaf: true }
    for (let level = 0; level < 18; level++) shared = [shared, shared]
    expect(encode(shared).length).toBeLessThan(10_000)
  })
})

describe('a value that could not be decoded is refused', () => {
  class Ticket {
    readonly id = 1
    close(): void {}
  }
  test.each<[string, () => unknown]>([
    ['a function', () => () => {}],
    ['a function in a field', () => ({ a: [() => {}] })],
    ['a symbol', () => ({ a: Symbol('s') })],
    ['a promise', () => ({ a: Promise.resolve() })],
    ['a weak map', () => new WeakMap()],
    ['shared memory', () => ({ a: new SharedArrayBuffer(4) })],
    ['a map of its own class', () => ({ cart: new (class Ticket extends Map {})() })],
    ['a class instance', () => new Ticket()],
    ['a class instance in a field', () => ({ ticket: new Ticket() })],
    ['a class instance in a list', () => [new Ticket()]],
    ['a class instance in a map', () => new Map([['a', new Ticket()]])],
    ['a blob, which is a handle', () => ({ a: new Blob(['x']) })],
  ])('%s', (_, make) => {
    expect(() => encode(make())).toThrow()
  })
})

test('plain JSON differs from other texts by its first character', () => {
  expect(isPlainJson(encode({ a: [1, 'b', null, true] }))).toBe(true)
  expect(isPlainJson(encode(new Date(0)))).toBe(false)
})

function nested(depth: number): unknown {
  return depth === 0 ? 'leaf' : { in: nested(depth - 1) }
}
