import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DeliverColumns, type ExtraOf, readDeliveries } from '../../src/wire/deliver-record.ts'
import { type KeyPlace, KeyReader } from '../../src/wire/key-table.ts'
import type { LaneDelivery } from '../../src/wire/lane-delivery.ts'
import { NameReader, NameWriter } from '../../src/wire/names.ts'
import type { StoredAgent } from '../../src/wire/wire.ts'

const name = fc.constantFrom('a', 'b', '__proto__', 'constructor')
const key = fc.constantFrom('k', 'other', '0', '\0', '__proto__')
const published = fc.record({ topicType: name, topicSource: key })
const asked = fc.constant({ topicType: '', topicSource: '' })
const fromOutside = fc.constant({ senderAgent: '', senderKey: '' })
const fromAgent = fc.record({ senderAgent: name, senderKey: key })
const extra: fc.Arbitrary<ExtraOf> = fc.record(
  {
    attempt: fc.integer({ min: 2, max: 9 }),
    copied: fc.constant(true as const),
    chain: fc.array(fc.constantFrom('a/k', 'b/k'), { maxLength: 2 }),
    activate: fc.constant<StoredAgent[]>([{ agent: 'a', fields: [['count', '1']] }]),
  },
  { requiredKeys: [] },
)
const row = fc
  .record({
    fixed: fc.record({
      slot: fc.nat(),
      agent: name,
      key,
      message: name,
      payload: fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
      sequence: fc.nat(2 ** 53 - 1),
      claim: fc.nat(2 ** 31 - 1),
      form: fc.constantFrom('text' as const, 'frozen' as const, 'copied' as const),
    }),
    route: fc.oneof(published, asked),
    sender: fc.oneof(fromOutside, fromAgent),
    extra: fc.option(extra, { nil: undefined }),
  })
  .map(({ fixed, route, sender, extra }) => ({ row: { ...fixed, ...route, ...sender }, extra }))

test('deliveries are read from a record as they were written, in order, whichever parts it omits', () => {
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 6 }), { maxLength: 4 }), (batches) => {
      const columns = new DeliverColumns(new NameWriter())
      const names = new NameReader()
      const keys = new KeyReader()
      const places = new Map<string, KeyPlace>()
      for (const batch of batches) {
        for (const { row, extra } of batch) {
          if (!places.has(row.key)) places.set(row.key, { place: -1 })
          columns.add(row, places.get(row.key) as KeyPlace, extra)
        }
        expect(columns.size).toBe(batch.length)
        const record = structuredClone(columns.take())
        expect(record.form).toBe(batch.some(({ row }) => row.form !== 'text') ? 'cloned' : 'text')
        const read: { delivery: LaneDelivery; activate: readonly StoredAgent[] | undefined }[] = []
        readDeliveries(record, names, keys, (delivery, activate) =>
          read.push({ delivery, activate }),
        )
        expect(read).toHaveLength(batch.length)
        for (const [index, { row, extra }] of batch.entries()) {
          const { delivery, activate } = read[index] as (typeof read)[number]
          const { senderKey, topicSource, form: _, ...rest } = row
          expect(delivery).toMatchObject({
            ...rest,
            attempt: extra?.attempt ?? 1,
            copied: extra?.copied ?? false,
            chain: extra?.chain ?? [],
          })
          if (rest.senderAgent !== '') expect(delivery.senderKey).toBe(senderKey)
          if (rest.topicType !== '') expect(delivery.topicSource).toBe(topicSource)
          expect(activate).toEqual(extra?.activate)
          expect(Object.isFrozen(delivery.payload)).toBe(extra?.copied !== true)
        }
        expect(columns.size).toBe(0)
      }
    }),
  )
})

test('names are read back when the table of names was cleared in between', () => {
  const columns = new DeliverColumns(new NameWriter())
  const names = new NameReader()
  const keys = new KeyReader()
  const place: KeyPlace = { place: -1 }
  const given = { slot: 0, agent: 'agent', key: 'k', message: 'message', payload: 1, sequence: 1 }
  const rest = { senderAgent: '', senderKey: '', topicSource: 'k', form: 'text' as const, claim: 0 }
  const types = Array.from({ length: 10_000 }, (_, at) => `made.${at}`)
  const read: string[] = []
  for (const [at, topicType] of types.entries()) {
    columns.add({ ...given, ...rest, topicType }, place, undefined)
    if (at % 200 < 199) continue
    readDeliveries(columns.take(), names, keys, ({ agent, message, topicType }) => {
      read.push(`${agent} ${message} ${topicType}`)
    })
  }
  expect(read).toEqual(types.map((type) => `agent message ${type}`))
})
