import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTopicType, topicId } from '../../src/ids/topic-id.ts'
import { anyKey } from '../fixtures/arbitraries.ts'

const topicType = fc.stringMatching(/^[\w\-.:=]{1,12}$/)
const refused = { code: 'HEDDLE_INVALID_ID' }

describe('a topic id', () => {
  test('is made of a type and a source, or from their string', () => {
    fc.assert(
      fc.property(topicType, anyKey, (type, source) => {
        expect(topicId(type, source)).toEqual({ type, source })
        expect(topicId(`${type}/${source}`)).toEqual({ type, source })
      }),
    )
  })

  test('is split at the first slash: a source may hold more of them', () => {
    expect(topicId('tickets/acme/ticket-42')).toEqual({ type: 'tickets', source: 'acme/ticket-42' })
  })

  test('can’t be changed', () => {
    expect(Object.isFrozen(topicId('a', 'b'))).toBe(true)
  })

  test.each(['', 'tickets', '/source', 'tickets/', 'white space/source', 'tickets!/source'])(
    'is not made from the string %j',
    (text) => {
      expect(() => topicId(text)).toThrow(expect.objectContaining(refused))
    },
  )

  test.each([
    ['', 'source'],
    ['tickets', ''],
    ['a/b', 'source'],
    [undefined, 'source'],
    ['tickets', 42],
  ])('is not made of the parts %j and %j', (type, source) => {
    expect(() => topicId(type as string, source as string)).toThrow(
      expect.objectContaining(refused),
    )
  })
})

test('a topic type may hold : and = in addition to what an agent type may hold', () => {
  for (const type of ['a', 'a:rpc_request=b', 'a.b-c_d']) expect(isTopicType(type), type).toBe(true)
  for (const type of ['', 'a b', 'a/b', 'a\n', 7])
    expect(isTopicType(type), String(type)).toBe(false)
})
