import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NameReader, NameWriter } from '../../src/wire/names.ts'

test('each name crosses once, and every number is read back as its name', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', '__proto__', 'constructor'),
    fc.string({ minLength: 1 }),
  )
  fc.assert(
    fc.property(fc.array(fc.array(name, { maxLength: 6 }), { maxLength: 8 }), (records) => {
      const writer = new NameWriter()
      const reader = new NameReader()
      const crossed: string[] = []
      for (const names of records) {
        const refs = names.map((one) => writer.ref(one))
        const fresh = writer.takeFresh()
        crossed.push(...fresh)
        reader.learn(fresh)
        expect(refs.map((ref) => reader.name(ref))).toEqual(names)
      }
      expect(crossed).toEqual([...new Set(records.flat())])
    }),
  )
})

test('the number 0 means no name, and no name has it', () => {
  expect(new NameReader().name(0)).toBe('')
  expect(new NameWriter().ref('first')).toBe(1)
})

test('a record without new names carries none', () => {
  const writer = new NameWriter()
  writer.ref('a')
  expect(writer.takeFresh()).toEqual(['a'])
  writer.ref('a')
  expect(writer.takeFresh()).toEqual([])
})

test('an endless series of names fills no table, and is still read back', () => {
  const writer = new NameWriter()
  const reader = new NameReader()
  let most = 0
  for (let record = 0; record < 1_000; record++) {
    // Some names that come often, and a hundred new ones.
    const names = ['often', 'agent', ...Array.from({ length: 100 }, (_, at) => `${record}:${at}`)]
    const refs = [...names, 'often'].map((name) => writer.ref(name))
    const table = writer.table
    reader.learn(writer.takeFresh())
    expect(refs.map((ref) => reader.name(ref))).toEqual([...names, 'often'])
    if (writer.table !== table) expect(writer.size).toBe(0)
    most = Math.max(most, writer.size, reader.size)
  }
  expect(most).toBeLessThan(5_000)
  expect(writer.table).toBeGreaterThan(20)
})
