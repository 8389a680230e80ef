import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agentId, agentIdText, isAgentType } from '../../src/ids/agent-id.ts'
import { anyKey } from '../fixtures/arbitraries.ts'

const agentType = fc.stringMatching(/^[\w\-.]{1,12}$/)
const refused = { code: 'HEDDLE_INVALID_ID' }

describe('an agent id', () => {
  test('is made of a type and a key, and can be parsed from its string', () => {
    fc.assert(
      fc.property(agentType, anyKey, (type, key) => {
        const id = agentId(type, key)
        expect(id).toEqual({ type, key })
        expect(agentId(agentIdText(id))).toEqual(id)
      }),
    )
  })

  test('is split at the first slash: a key may hold more of them', () => {
    expect(agentId('critic/conv-7/critic')).toEqual({ type: 'critic', key: 'conv-7/critic' })
  })

  test('can’t be changed', () => {
    expect(Object.isFrozen(agentId('a', 'b'))).toBe(true)
  })

  test.each(['', 'a', '/key', 'a/', 'white space/key', 'colon:type/key', 'ünicode/key', 'a\n/key'])(
    'is not made from the string %j',
    (text) => {
      expect(() => agentId(text)).toThrow(expect.objectContaining(refused))
    },
  )

  test.each([
    ['', 'key'],
    ['type', ''],
    ['a/b', 'key'],
    [undefined, 'key'],
    [7, 'key'],
    ['type', 7],
    ['type', null],
    [Symbol('type'), 'key'],
  ])('is not made of the parts %j and %j', (type, key) => {
    expect(() => agentId(type as string, key as string)).toThrow(expect.objectContaining(refused))
  })

  test('is refused with an error that shows the id and the rule', () => {
    expect(() => agentId('white space', 'key')).toThrow(
      "agent id 'white space/key' breaks the rule: an agent id is 'type/key'",
    )
    expect(() => agentId(undefined as never)).toThrow('agent id undefined breaks the rule')
  })
})

test('an agent type has letters, digits and _ - . and nothing else', () => {
  for (const type of ['a', 'A1', 'a_b-c.d', '7']) expect(isAgentType(type), type).toBe(true)
  for (const type of ['', 'a b', 'a:b', 'a=b', 'a/b', 'a\n', 7, null, undefined]) {
    expect(isAgentType(type), String(type)).toBe(false)
  }
})
