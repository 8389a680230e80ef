import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, type Encoded, encode } from '../../src/state/encoding.ts'
import { Entries } from '../../src/state/entries.ts'
import { isKeyed, keyed } from '../../src/state/keyed-state.ts'

interface Change {
  readonly key: string
  readonly value: Encoded | null
  readonly before: Encoded | null
}

function collect(entries: Entries): Change[] {
  const changes: Change[] = []
  entries.collect(encode, (key, value, before) => changes.push({ key, value, before }))
  return changes
}

/** Entries as a lane has them, made from committed texts. */
function restored(texts: Record<string, unknown>): Entries {
  const entries = new Entries('changeable')
  for (const [key, value] of Object.entries(texts)) entries.restore(key, encode(value))
  return entries
}

describe('a keyed field', () => {
  test('reads as a map of the committed entries with the changes of the turn', () => {
    const entries = restored({ a: 1, b: 2 })
    entries.set('c', 3)
    entries.delete('a')
    entries.set('b', 20)
    expect([...entries.entries()]).toEqual([
      ['b', 20],
      ['c', 3],
    ])
    expect([entries.size, entries.has('a'), entries.get('a')]).toEqual([2, false, undefined])
    expect([entries.delete('a'), entries.delete('nobody')]).toEqual([false, false])
  })

  test('reports what differs, and no more, with the previous text', () => {
    const entries = restored({ same: 1, changed: 1, deleted: 1, inPlace: { n: 1 }, read: { n: 1 } })
    entries.set('same', 1)
    entries.set('changed', 2)
    entries.delete('deleted')
    ;(entries.get('inPlace') as { n: number }).n = 2
    entries.get('read')
    entries.set('made', 'x')
    entries.set('undone', 1)
    entries.delete('undone')
    expect(new Set(collect(entries))).toEqual(
      new Set([
        { key: 'changed', value: '2', before: '1' },
        { key: 'deleted', value: null, before: '1' },
        { key: 'inPlace', value: '{"n":2}', before: '{"n":1}' },
        { key: 'made', value: '"x"', before: null },
      ]),
    )
    expect(collect(entries)).toEqual([])
  })

  test('distinguishes an entry of undefined from no entry', () => {
    const entries = new Entries('changeable')
    entries.set('a', undefined)
    expect([entries.has('a'), entries.size]).toEqual([true, 1])
    expect(collect(entries)).toEqual([{ key: 'a', value: encode(undefined), before: null }])
    expect([entries.has('a'), entries.get('a')]).toEqual([true, undefined])
  })

  test('gives the next turn its own copy of what a handler has set', () => {
    const entries = new Entries('changeable')
    const message = Object.freeze({ n: 1 })
    entries.set('a', message)
    expect(entries.get('a')).toBe(message)
    collect(entries)
    const own = entries.get('a') as { n: number }
    own.n = 2
    expect([own.n, message.n]).toEqual([2, 1])
  })

  test('leaves no trace of discarded changes', () => {
    const entries = restored({ a: { n: 1 }, b: 2, c: 3 })
    ;(entries.get('a') as { n: number }).n = 100
    entries.delete('b')
    entries.set('b', 'again')
    entries.delete('c')
    entries.set('d', 4)
    entries.discard()
    expect(new Map(entries.entries())).toEqual(new Map(Object.entries({ a: { n: 1 }, b: 2, c: 3 })))
    expect(entries.size).toBe(3)
    expect(collect(entries)).toEqual([])
  })

  test('keeps the order of its entries through a turn that failed', () => {
    const entries = restored({ b: 2, a: { n: 1 }, c: 3 })
    entries.get('a')
    entries.set('d', 4)
    entries.delete('b')
    entries.discard()
    expect([...entries.keys()]).toEqual(['b', 'a', 'c'])
  })

  test('is recognized by keyed(), and not by a look-alike', () => {
    expect(isKeyed(keyed())).toBe(true)
    expect(isKeyed({ kind: 'keyed' })).toBe(false)
  })
})

type Step =
  | { readonly do: 'set'; readonly key: string; readonly value: number }
  | { readonly do: 'mutate' | 'read' | 'delete'; readonly key: string }

const key = fc.constantFrom('a', 'b', 'c', '__proto__', '')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ do: fc.constantFrom('mutate', 'read', 'delete'), key }),
)
const turns = fc.array(
  fc.record({
    steps: fc.array(step, { maxLength: 6 }),
    end: fc.constantFrom('commit', 'fail', 'revert'),
  }),
  { maxLength: 8 },
)

function play(steps: readonly Step[], on: Pick<Entries, 'get' | 'set' | 'delete'>): void {
  for (const one of steps) {
    const value = on.get(one.key) as { n: number } | undefined
    if (one.do === 'set') on.set(one.key, { n: one.value })
    if (one.do === 'mutate' && value !== undefined) value.n++
    if (one.do === 'delete') on.delete(one.key)
  }
}

test('any sequence of turns, some of which fail, equals a plain map, and the changes add up to it', () => {
  fc.assert(
    fc.property(turns, (sequence) => {
      let model = new Map<string, { n: number }>()
      const entries = new Entries('changeable')
      const router = new Map<string, Encoded>()
      for (const { steps, end } of sequence) {
        const next = structuredClone(model)
        play(steps, next as never)
        play(steps, entries)
        if (end === 'fail') entries.discard()
        else {
          const changes = collect(entries)
          if (end === 'commit') {
            model = next
            for (const { key, value } of changes) {
              if (value === null) router.delete(key)
              else router.set(key, value)
            }
          } else for (const { key, before } of changes.reverse()) entries.restore(key, before)
        }
        expect(new Map(entries.entries())).toEqual(model)
        expect(entries.size).toBe(model.size)
        expect(new Map([...router].map(([key, text]) => [key, decode(text)]))).toEqual(model)
        collect(entries)
      }
    }),
  )
})

test('after any sequence of turns its entries are in the order in which another lane would find them', () => {
  fc.assert(
    fc.property(turns, (sequence) => {
      const entries = new Entries('changeable')
      const router = new Map<string, Encoded>()
      for (const { steps, end } of sequence) {
        play(steps, entries)
        if (end === 'fail') entries.discard()
        else {
          const changes = collect(entries)
          if (end === 'revert') {
            for (const { key, before } of changes.reverse()) entries.restore(key, before)
          } else {
            for (const { key, value } of changes) {
              if (value === null) router.delete(key)
              else router.set(key, value)
            }
          }
        }
        expect([...entries.keys()]).toEqual([...router.keys()])
      }
    }),
  )
})

describe('a keyed field of frozen entries', () => {
  const frozen = (texts: Record<string, unknown>): Entries => {
    const entries = new Entries('frozen')
    for (const [key, value] of Object.entries(texts)) entries.restore(key, encode(value))
    return entries
  }

  test('gives committed entries deeply frozen, and the same object at each read', () => {
    const entries = frozen({ a: { list: [{ n: 1 }] } })
    const read = entries.get('a') as { list: { n: number }[] }
    expect(() => read.list.push({ n: 2 })).toThrow(TypeError)
    expect(() => Object.assign(read.list[0] as object, { n: 2 })).toThrow(TypeError)
    expect(collect(entries)).toEqual([])
    expect(entries.get('a')).toBe(read)
  })

  test('leaves a value that a handler sets unfrozen, until it is committed', () => {
    const entries = frozen({})
    const own = { n: 1 }
    entries.set('a', own)
    own.n = 2
    expect(collect(entries)).toEqual([{ key: 'a', value: '{"n":2}', before: null }])
    own.n = 3
    expect(entries.get('a')).toEqual({ n: 2 })
    entries.set('a', { n: 4 })
    entries.discard()
    expect(entries.get('a')).toEqual({ n: 2 })
  })
})
