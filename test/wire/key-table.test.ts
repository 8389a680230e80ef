import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KeyPlace, KeyReader, KeyWriter } from '../../src/wire/key-table.ts'

/** Sends keys. Returns what was read, and which keys crossed as text. */
function send(sent: readonly string[], writer = new KeyWriter(), reader = new KeyReader()) {
  const places = new Map<string, KeyPlace>()
  const crossed: string[] = []
  const read = sent.map((key) => {
    if (!places.has(key)) places.set(key, { place: -1 })
    const place = writer.place(places.get(key) as KeyPlace)
    if (place >= 0) return reader.key(place)
    crossed.push(key)
    return reader.learn(key)
  })
  return { read, crossed }
}

test('keys are read as they were sent, and each crosses once while the table has room', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 })), (sent) => {
      const { read, crossed } = send(sent)
      expect(read).toEqual(sent)
      expect(crossed).toEqual([...new Set(sent)])
    }),
  )
})

test('keys that have lost their places cross again, and are never confused with others', () => {
  const many = Array.from({ length: 9_000 }, (_, at) => `k${at}`)
  const sent = [...many, ...many.slice(-4_000), ...many.slice(0, 10), 'k8999', 'k0']
  const { read, crossed } = send(sent)
  expect(read).toEqual(sent)
  expect(crossed).toEqual([...many, ...many.slice(0, 10)])
})

test('a key that another stream has sent is new to this one', () => {
  const key = { place: -1 }
  expect(new KeyWriter().place(key)).toBe(-1)
  const other = new KeyWriter()
  expect(other.place(key)).toBe(-1)
  expect(other.place(key)).toBe(0)
})
