import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkFilter,
  filterMessages,
  type MessageFilter,
  type SourceFilter,
} from '../../src/agentchat/machine/message-filter.ts'
import type { ChatMessage } from '../../src/agentchat/messages/chat-message.ts'

/** `a1 b1`: the first messages of a and of b. */
function said(names: string): ChatMessage[] {
  const ids = names.split(' ').filter((id) => id !== '')
  return ids.map((id) => ({ kind: 'text', id, source: id.replace(/\d/g, ''), content: id }))
}

function heard(filter: MessageFilter, names: string): string {
  return filterMessages(filter, said(names))
    .map(({ id }) => id)
    .join(' ')
}

const talk = 'user1 a1 b1 a2 b2 a3'

test('without a list of sources all is heard', () => {
  expect(heard({}, talk)).toBe(talk)
  expect(heard({ scope: 'whole' }, talk)).toBe(talk)
})

test('only those who are listed are heard: all, the first or the last of theirs', () => {
  expect(heard({ per: [{ source: 'a' }] }, talk)).toBe('a1 a2 a3')
  expect(heard({ per: [{ source: 'a', first: 2 }] }, talk)).toBe('a1 a2')
  expect(heard({ per: [{ source: 'a', last: 2 }] }, talk)).toBe('a2 a3')
  expect(heard({ per: [{ source: 'a', last: 9 }] }, talk)).toBe('a1 a2 a3')
  expect(heard({ per: [{ source: 'nobody' }] }, talk)).toBe('')
})

test('in the order in which they spoke, and not in that of the list', () => {
  expect(
    heard(
      {
        per: [
          { source: 'b', last: 1 },
          { source: 'user', first: 1 },
        ],
      },
      talk,
    ),
  ).toBe('user1 b2')
})

test('a source that is listed twice is heard once, with what either lets through', () => {
  const ends = [
    { source: 'a', first: 1 },
    { source: 'a', last: 1 },
  ]
  expect(heard({ per: ends }, talk)).toBe('a1 a3')
  expect(heard({ per: [{ source: 'a' }, ...ends] }, talk)).toBe('a1 a2 a3')
})

const source = fc.constantFrom('a', 'b', 'c', 'user')
const count = fc.integer({ min: 1, max: 5 })
const entry: fc.Arbitrary<SourceFilter> = fc.oneof(
  fc.record({ source }),
  fc.record({ source, first: count }),
  fc.record({ source, last: count }),
)
const messages = fc
  .array(source, { maxLength: 20 })
  .map((sources) =>
    sources.map(
      (one, at): ChatMessage => ({ kind: 'text', id: String(at), source: one, content: '' }),
    ),
  )
const numbers = (of: readonly ChatMessage[]) => of.map(({ id }) => Number(id))

test('what is heard is a part of what was said, in its order', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), messages, (per, all) => {
      const places = numbers(filterMessages({ per }, all))
      expect(places).toEqual([...new Set(places)].sort((one, other) => one - other))
      expect(places.every((place) => all[place] !== undefined)).toBe(true)
    }),
  )
})

test('of each source only the given number of first and last messages is heard', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), messages, (per, all) => {
      const places = new Set(numbers(filterMessages({ per }, all)))
      for (const name of ['a', 'b', 'c', 'user']) {
        const theirs = numbers(all.filter((one) => one.source === name))
        const entries = per.filter((one) => one.source === name)
        const isAll = entries.some(({ first, last }) => first === undefined && last === undefined)
        const first = isAll ? theirs.length : Math.max(0, ...entries.map((one) => one.first ?? 0))
        const last = Math.max(0, ...entries.map((one) => one.last ?? 0))
        for (const [at, place] of theirs.entries()) {
          expect(places.has(place)).toBe(at < first || at >= theirs.length - last)
        }
      }
    }),
  )
})

describe('checkFilter', () => {
  test('lets good ones pass', () => {
    checkFilter({}, 'a')
    checkFilter({ scope: 'whole', per: [{ source: 'b' }, { source: 'c', last: 1 }] }, 'a')
  })

  const bad: Record<string, unknown> = {
    nothing: null,
    'an empty list': { per: [] },
    'no list': { per: { source: 'a' } },
    'both first and last': { per: [{ source: 'b', first: 1, last: 1 }] },
    'a count of 0': { per: [{ source: 'b', last: 0 }] },
    'a broken count': { per: [{ source: 'b' }, { source: 'c', first: 1.5 }] },
    'an entry without a source': { per: [{ last: 1 }] },
    'an entry of null': { per: [null] },
    'a strange scope': { scope: 'all' },
  }
  test.each(Object.entries(bad))('refuses %s, and names the agent', (_, filter) => {
    expect(() => checkFilter(filter as MessageFilter, 'critic')).toThrow(
      expect.objectContaining({
        code: 'HEDDLE_INVALID_TEAM',
        message: expect.stringContaining("'critic'"),
      }),
    )
  })
})
