import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sealPayload } from '../../src/messages/payload.ts'
import {
  packFromLane,
  packToLane,
  unpackFromLane,
  unpackToLane,
} from '../../src/wire/payload-text.ts'
import type { CommitRecord, DeliverRecord } from '../../src/wire/wire.ts'
import { anyData } from '../fixtures/arbitraries.ts'

function batchOf(payloads: readonly unknown[]) {
  const sealed = payloads.map((payload) => sealPayload(payload, 'note'))
  const form = sealed.every((one) => one.form === 'text') ? ('text' as const) : ('cloned' as const)
  return { payloads: sealed.map(({ value }) => value), form }
}

function deliveriesOf(payloads: readonly unknown[]): DeliverRecord {
  const rows = new Int32Array()
  const rest = { kind: 'deliver', names: [], rows, keys: [], texts: [], extras: [] } as const
  return { ...rest, ...batchOf(payloads) }
}

function commitOf(payloads: readonly unknown[]): CommitRecord {
  const changes = { rows: [], agents: [], fields: [], values: [] }
  const columns = { rows: [], senders: [], messages: [], topicTypes: [], topicSources: [] }
  return {
    ...{ kind: 'commit', names: [], slots: new Int32Array(), busyMs: 0, failures: [], times: [] },
    ...{
      changes,
      replies: [],
      outbox: { ...columns, bytes: [], ttls: undefined, flags: [], ...batchOf(payloads) },
    },
  }
}

test('payloads of any kind arrive as they were sent, in both directions', () => {
  const small = fc.record({ id: fc.integer(), text: fc.string(), list: fc.array(fc.boolean()) })
  const batches = fc.oneof(fc.array(small), fc.array(fc.oneof(small, anyData)))
  fc.assert(
    fc.property(batches, (payloads) => {
      const deliveries = deliveriesOf(payloads)
      const arrived = unpackToLane(structuredClone(packToLane(deliveries)))
      deepStrictEqual(arrived, structuredClone(deliveries))
      const commit = commitOf(payloads)
      const committed = unpackFromLane(structuredClone(packFromLane(commit)))
      deepStrictEqual(committed, structuredClone(commit))
    }),
  )
})

test('small plain payloads cross as one string, others do not', () => {
  const plain = [{ a: 1 }, { b: ['x'] }]
  const text = '[{"a":1},{"b":["x"]}]'
  expect(packToLane(deliveriesOf(plain))).toMatchObject({ payloads: text })
  expect(packFromLane(commitOf(plain))).toMatchObject({ outbox: { payloads: text } })
  const mixed = deliveriesOf([{ a: 1 }, { at: new Date(0) }])
  expect(packToLane(mixed)).toBe(mixed)
})
