import { deepStrictEqual } from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freezeArrived, handOut } from '../../src/messages/frozen.ts'
import { sealPayload } from '../../src/messages/payload.ts'
import { anyData } from '../fixtures/arbitraries.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const seal = (payload: unknown) => sealPayload(payload, 'note')

/** Payloads that are refused, each with the path and the words of its error. */
const refused: [name: string, payload: () => unknown, path: string, problem: string][] = [
  ['a function', () => () => {}, 'payload', 'function'],
  ['a function in a field', () => ({ a: { run() {} } }), 'payload.a.run', 'function'],
  ['a function in a list', () => ({ list: [1, () => {}] }), 'payload.list.1', 'function'],
  ['a function in a map', () => ({ m: new Map([['k', () => {}]]) }), 'payload.m.k', 'function'],
  ['a function in a set', () => ({ s: new Set([() => {}]) }), 'payload.s', 'function'],
  [
    'a date with fields',
    () => ({ d: Object.assign(new Date(0), { zone: 'x' }) }),
    'payload.d',
    'is a date with named fields; send a record',
  ],
  [
    'a map with fields',
    () => [Object.assign(new Map(), { x: 1 })],
    'payload.0',
    'is a map with named fields',
  ],
  [
    'a set with a field under a symbol',
    () => Object.assign(new Set(), { [Symbol('x')]: 1 }),
    'payload',
    'is a set with named fields',
  ],
  ['a symbol', () => ({ id: Symbol('id') }), 'payload.id', 'symbol'],
  ['a class instance', () => ({ a: new (class Ticket {})() }), 'payload.a', 'Ticket'],
  [
    'a map of a user’s class',
    () => ({ a: new (class Cart extends Map {})() }),
    'payload.a',
    'Cart',
  ],
  ['a date of a user’s class', () => new (class Day extends Date {})(), 'payload', 'Day'],
  ['a set of a user’s class', () => [new (class Tags extends Set {})()], 'payload.0', 'Tags'],
  ['an error', () => ({ cause: new Error('x') }), 'payload.cause', 'Error'],
  ['a promise', () => [Promise.resolve(1)], 'payload.0', 'Promise'],
  ['a weak map', () => new WeakMap(), 'payload', 'WeakMap'],
  ['a regular expression', () => ({ r: /x/ }), 'payload.r', 'RegExp'],
  ['a boxed string', () => ({ t: Object('x') }), 'payload.t', 'String'],
  ['shared memory', () => ({ b: new SharedArrayBuffer(8) }), 'payload.b', 'SharedArrayBuffer'],
  [
    'a view of shared memory',
    () => ({ a: [new Int32Array(new SharedArrayBuffer(8))] }),
    'payload.a.0',
    'shared memory',
  ],
  // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
  ['a sparse array', () => ({ list: [1, , 3] }), 'payload.list.1', 'hole'],
  [
    'a getter that throws',
    () => ({
      a: {
        get b() {
          throw new Error('broken')
        },
      },
    }),
    'payload.a.b',
    'broken',
  ],
]

test('a getter is read once, and its value is sent', () => {
  let reads = 0
  const target = {
    get turn() {
      return ++reads
    },
  }
  for (const payload of [target, new Proxy(target, {})]) {
    const before = reads
    const { value } = sealPayload(payload, 'note')
    expect(Object.getOwnPropertyDescriptor(value, 'turn')?.value).toBe(before + 1)
    expect(reads).toBe(before + 1)
  }
})

describe('a payload is refused with the path of the part that can’t cross to a thread', () => {
  test.each(refused)('%s', async (_, payload, path, problem) => {
    const error = await expectRefusal(
      () => seal(payload()),
      'HEDDLE_PAYLOAD_NOT_CLONEABLE',
      "'note'",
      `${path} `,
      problem,
    )
    expect(error.fields).toMatchObject({ message: 'note', path })
  })

  test('a cycle', async () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    await expectRefusal(() => seal(cycle), 'HEDDLE_PAYLOAD_NOT_CLONEABLE', 'cycle', 'self.self')
  })

  test('a nesting deeper than 200, and no shallower one', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { in: nested(depth - 1) })
    expect(() => seal(nested(200))).not.toThrow()
    await expectRefusal(() => seal(nested(201)), 'HEDDLE_PAYLOAD_NOT_CLONEABLE', 'deeper than 200')
  })

  test('a map whose key has no string form', async () => {
    const payload = { m: new Map([[Object.create(null), () => {}]]) }
    await expectRefusal(() => seal(payload), 'HEDDLE_PAYLOAD_NOT_CLONEABLE', 'payload.m')
  })
})

describe('a payload that passes', () => {
  test('is copied, and the copy frozen, all the way down', () => {
    const payload = { a: { b: [{ c: 1 }] }, n: null, text: 'x' }
    const sealed = seal(payload)
    expect(sealed).toMatchObject({ value: payload, form: 'text' })
    expect(isDeepFrozen(sealed.value)).toBe(true)
    payload.a.b.push({ c: 2 })
    expect(sealed.value).toEqual({ a: { b: [{ c: 1 }] }, n: null, text: 'x' })
  })

  test('is copied in a map, a set and a date, which can’t be frozen', () => {
    const payload = { map: new Map([['k', { n: 1 }]]), set: new Set([1]), date: new Date(0) }
    const { value, form } = seal(payload)
    payload.map.set('k', { n: 2 })
    payload.set.add(2)
    payload.date.setTime(7)
    const kept = { map: new Map([['k', { n: 1 }]]), set: new Set([1]), date: new Date(0) }
    expect([value, form]).toEqual([kept, 'copied'])
  })

  test.each([
    ['a date', new Date(0), 'copied'],
    ['a map', new Map([['a', 1]]), 'copied'],
    ['a set', new Set([1]), 'copied'],
    ['bytes', new Uint8Array(4), 'copied'],
    ['a buffer', new ArrayBuffer(4), 'copied'],
    ['a view of numbers', new DataView(new ArrayBuffer(4)), 'copied'],
    ['a blob, which is immutable', new Blob(['text']), 'frozen'],
    ['a bigint', 7n, 'frozen'],
    ['undefined', undefined, 'frozen'],
    ['a record without a prototype', Object.assign(Object.create(null), { a: 1 }), 'text'],
    ['a key called __proto__', JSON.parse('{"__proto__": {"a": 1}}'), 'text'],
    ['a fraction', 0.5, 'frozen'],
    ['negative zero', -0, 'frozen'],
    ['not a number', Number.NaN, 'frozen'],
    ['a long string', 'x'.repeat(65), 'frozen'],
    ['a large list', Array.from({ length: 150 }, () => 'x'), 'frozen'],
  ])('%s', (_, value, form) => {
    expect(seal({ value })).toMatchObject({ form })
    expect(seal([value])).toMatchObject({ form })
  })

  test('keeps a key called __proto__ as a key', () => {
    const { value } = seal(JSON.parse('{"__proto__": {"a": 1}}'))
    for (const kept of [value, structuredClone(value)] as object[]) {
      expect(Object.keys(kept)).toEqual(['__proto__'])
      expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
    }
  })

  test('is walked once, however often it is shared', () => {
    let shared: unknown = { leaf: true }
    for (let level = 0; level < 20; level++) shared = [shared, shared]
    expect(seal(shared).bytes).toBeLessThan(100_000) // and not 2 ** 20 leaves
  })

  test('is estimated by its contents', () => {
    expect(seal({ text: 'x'.repeat(1_000) }).bytes).toBeGreaterThanOrEqual(1_000)
    expect(seal(new Uint8Array(5_000)).bytes).toBeGreaterThanOrEqual(5_000)
    expect(seal(new Blob(['x'.repeat(700)])).bytes).toBeGreaterThanOrEqual(700)
    expect(seal(1).bytes).toBe(8)
  })
})

describe('binary data', () => {
  const large = new Uint8Array(1 << 20).fill(7)

  test.each<[string, ArrayBufferView, string]>([
    ['of Node’s pool', Buffer.from('hi'), 'Uint8Array'],
    ['of a large buffer', large.subarray(100, 110), 'Uint8Array'],
    ['of wider numbers', new Float64Array(large.buffer, 8, 2), 'Float64Array'],
    ['of big numbers', new BigInt64Array(large.buffer, 8, 2), 'BigInt64Array'],
    ['of no kind', new DataView(large.buffer, 3, 5), 'DataView'],
    [
      'of another realm',
      runInNewContext('new Uint16Array(new ArrayBuffer(64), 8, 3)'),
      'Uint16Array',
    ],
    ['of nothing', large.subarray(5, 5), 'Uint8Array'],
  ])('%s is copied as the viewed bytes alone, and counted by them', (_, view, kind) => {
    const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => {
      return Array.from(new Uint8Array(buffer, byteOffset, byteLength))
    }
    for (const place of [
      (own: unknown) => ({ own }),
      (own: unknown) => new Map([['own', own]]),
      (own: unknown) => new Set([own]),
    ]) {
      const { value, bytes, form } = seal(place(view))
      const [own] =
        value instanceof Map || value instanceof Set
          ? value.values()
          : Object.values(value as object)
      expect([own.constructor.name, own.buffer.byteLength]).toEqual([kind, view.byteLength])
      expect(bytesOf(own)).toEqual(bytesOf(view))
      expect(bytes).toBeLessThan(view.byteLength + 100)
      expect(form).toBe('copied')
    }
  })

  test('that can grow keeps its present size', () => {
    const growing = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 1 << 20 }])
    expect(seal(growing)).toMatchObject({ value: new ArrayBuffer(8), bytes: 16 })
  })
})

describe('a value of another realm', () => {
  test.each([
    ['a date', 'new Date(7)', new Date(7)],
    ['a map', 'new Map([["k", { n: 1 }]])', new Map([['k', { n: 1 }]])],
    ['a set', 'new Set([1])', new Set([1])],
    ['bytes', 'new Uint8Array([1, 2])', new Uint8Array([1, 2])],
    ['a buffer', 'new Uint8Array([1, 2]).buffer', new Uint8Array([1, 2]).buffer],
    ['a record', '({ a: [1] })', { a: [1] }],
    ['a list', '[{ a: 1 }]', [{ a: 1 }]],
    ['a record without a prototype', 'Object.assign(Object.create(null), { a: 1 })', { a: 1 }],
  ])('passes like one of this realm: %s', (_, code, own) => {
    deepStrictEqual(seal(runInNewContext(code)).value, seal(own).value)
  })

  test.each([
    ['shared memory', 'new SharedArrayBuffer(8)', 'SharedArrayBuffer'],
    [
      'a view of shared memory',
      'new Uint8Array(new SharedArrayBuffer(8))',
      'view of shared memory',
    ],
    ['an error', 'new RangeError("x")', 'RangeError'],
    ['a promise', 'Promise.resolve(1)', 'Promise'],
    ['an instance', 'new (class Ticket {})()', 'Ticket'],
    ['a proxy of an instance', 'new Proxy(new Map(), {})', 'proxy'],
  ])('is refused like one of this realm: %s', async (_, code, part) => {
    const payload = { at: runInNewContext(code, { SharedArrayBuffer }) }
    await expectRefusal(() => seal(payload), 'HEDDLE_PAYLOAD_NOT_CLONEABLE', 'payload.at', part)
  })

  test('may be a revoked proxy: it is refused, and ends nothing', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const payload of [proxy, { at: proxy }, new Map([['at', proxy]])]) {
      await expectRefusal(() => seal(payload), 'HEDDLE_PAYLOAD_NOT_CLONEABLE', "can't be read")
    }
  })
})

describe('a value that is handed out', () => {
  test('is equal, frozen except for what can’t be, and shares nothing that can be changed', () => {
    fc.assert(
      fc.property(anyData, fc.boolean(), (payload, crosses) => {
        const { value, form } = seal(payload)
        const sealed = crosses ? structuredClone(value) : value
        const own = handOut(sealed)
        deepStrictEqual(own, structuredClone(value))
        deepStrictEqual(handOut(sealed), own)
        for (const part of unfrozenOf(own)) expect(unfrozenOf(sealed)).not.toContain(part)
        if (form !== 'copied') expect(own).toBe(sealed)
        for (const part of unfrozenOf(own)) expect(isUnfreezable(part)).toBe(true)
      }),
    )
  })

  test('is walked once, however often a part of it is shared', () => {
    let shared: unknown = { at: new Date(0) }
    for (let level = 0; level < 24; level++) shared = [shared, shared]
    let depth = 0
    for (let at = handOut(seal(shared).value); Array.isArray(at); at = at[1]) depth++
    expect(depth).toBe(24) // and the walk has ended
  })
})

describe('properties', () => {
  test('a payload that passes stays unchanged, and its copy equals it, can be cloned, and is frozen or needs copies', () => {
    fc.assert(
      fc.property(anyData, (payload) => {
        const before = structuredClone(payload)
        const { value, form, bytes } = seal(payload)
        deepStrictEqual(payload, before)
        deepStrictEqual(structuredClone(value), before)
        expect(bytes).toBeGreaterThan(0)
        expect(form === 'copied' || isDeepFrozen(value)).toBe(true)
        if (form === 'text') deepStrictEqual(JSON.parse(JSON.stringify(value)), before)
      }),
    )
  })

  test('a payload from a thread is as frozen as the one that was sent', () => {
    fc.assert(
      fc.property(anyData, (payload) => {
        const { value, form } = seal(payload)
        const arrived = structuredClone(value)
        freezeArrived(arrived)
        expect(form === 'copied' || isDeepFrozen(arrived)).toBe(true)
      }),
    )
  })
})

test('a field called constructor does not keep anything from being frozen on arrival', () => {
  const arrived = { constructor: 'Acme', list: [1], deeper: { list: [1] } }
  freezeArrived(arrived)
  expect(isDeepFrozen(arrived)).toBe(true)
})

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen)
}

function isUnfreezable(value: object): boolean {
  return (
    value instanceof Date ||
    value instanceof Map ||
    value instanceof Set ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value)
  )
}

/** All parts of a value that can be changed. */
function unfrozenOf(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  const own = Object.isFrozen(value) ? [] : [value]
  if (ArrayBuffer.isView(value)) return own
  const parts =
    value instanceof Map
      ? [...value].flat()
      : value instanceof Set
        ? [...value]
        : Object.values(value)
  return [...own, ...parts.flatMap(unfrozenOf)]
}

test('a property on the prototype of all objects is not a field of a payload, and is not frozen', () => {
  const shared = { n: 1 }
  const prototype = Object.prototype as { planted?: object }
  prototype.planted = shared
  try {
    expect(Object.keys(seal({ a: 1 }).value as object)).toEqual(['a'])
    freezeArrived({ a: { b: 1 } })
    expect(Object.isFrozen(shared)).toBe(false)
  } finally {
    delete prototype.planted
  }
})
