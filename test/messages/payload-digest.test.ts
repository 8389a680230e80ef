import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestOf, isSamePayload } from '../../src/messages/payload-digest.ts'

const payload = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, undefined, true, 0, -0, Number.NaN, 1n, '', 'a', '1', 'null', '#'),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    fc.array(tie('value'), { maxLength: 2 }).map((items) => new Set(items)),
    fc.array(fc.tuple(fc.constantFrom('a', 1), tie('value')), { maxLength: 2 }).map((entries) => {
      return new Map(entries as [unknown, unknown][])
    }),
  ),
})).value

describe('the digest of a payload', () => {
  test('is the same for payloads that are deeply equal, and different for all others', () => {
    fc.assert(
      fc.property(payload, payload, (one, other) => {
        expect(isSamePayload(one, other)).toBe(isDeepStrictEqual(one, other))
        expect(isSamePayload(one, structuredClone(one))).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('does not depend on the order of fields, entries or items', () => {
    const one = {
      a: 1,
      b: new Map<string, number>([
        ['x', 1],
        ['y', 2],
      ]),
      c: new Set([1, 2]),
    }
    const other = {
      c: new Set([2, 1]),
      b: new Map([
        ['y', 2],
        ['x', 1],
      ]),
      a: 1,
    }
    expect(isSamePayload(one, other)).toBe(true)
    expect(isSamePayload([1, 2], [2, 1])).toBe(false)
  })

  test('is short, however large the payload, and shared parts are walked once', () => {
    expect(digestOf({ text: 'x'.repeat(1_000_000) }).length).toBeLessThan(70)
    let shared: unknown = { leaf: 'x'.repeat(100) }
    for (let depth = 0; depth < 150; depth++) shared = [shared, shared]
    expect(digestOf(shared).length).toBeLessThan(70)
  })

  test('depends on the bytes of a view, and on the size and type of a Blob', () => {
    const bytes = new Uint8Array([1, 2, 3, 4])
    expect(isSamePayload(bytes.subarray(1, 3), new Uint8Array([2, 3]))).toBe(true)
    expect(isSamePayload(bytes, bytes.buffer)).toBe(false)
    expect(isSamePayload(new Uint8Array([1, 2]), new Uint16Array([0x0201]))).toBe(false)
    expect(isSamePayload(new Blob(['a']), new Blob(['bc']))).toBe(false)
    expect(isSamePayload(new Blob(['a'], { type: 'text/plain' }), new Blob(['a']))).toBe(false)
  })
})
