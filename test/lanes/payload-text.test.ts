import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Posted, pack, unpack } from '../../src/lanes/payload-text.ts'
import { sealPayload } from '../../src/messages/payload.ts'
import type { DeliverRecord } from '../../src/runtime/wire.ts'
import { anyData } from '../fixtures/arbitraries.ts'

function recordOf(payloads: readonly unknown[]): DeliverRecord {
  const sealed = payloads.map((payload) => sealPayload(payload, 'note'))
  return {
    ...{ kind: 'deliver', names: [], rows: new Int32Array(), keys: [], texts: [], extras: [] },
    payloads: sealed.map(({ value }) => value),
    form: sealed.every(({ form }) => form === 'text') ? 'text' : 'cloned',
  }
}

test('payloads arrive as they were sent, whatever they are', () => {
  const small = fc.record({ id: fc.integer(), text: fc.string(), list: fc.array(fc.boolean()) })
  const batches = fc.oneof(fc.array(small), fc.array(fc.oneof(small, anyData)))
  fc.assert(
    fc.property(batches, (payloads) => {
      const record = recordOf(payloads)
      const arrived = unpack(structuredClone(pack(record)) as Posted)
      deepStrictEqual((arrived as DeliverRecord).payloads, structuredClone(record.payloads))
    }),
  )
})

test('small plain payloads cross as one text, others do not', () => {
  expect(pack(recordOf([{ a: 1 }, { b: ['x'] }]))).toMatchObject({
    payloads: '[{"a":1},{"b":["x"]}]',
  })
  const mixed = recordOf([{ a: 1 }, { at: new Date(0) }])
  expect(pack(mixed)).toBe(mixed)
})
