import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineMessage } from '../../src/messages/message.ts'
import { defineTopic, resolveTopic } from '../../src/messages/topic.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const Ticket = defineMessage('ticket', z.string())
const Note = defineMessage('note', z.string())
const tickets = defineTopic('tickets', [Ticket, Note])

describe('a topic type', () => {
  test('makes topics from a source', () => {
    expect(tickets.type).toBe('tickets')
    expect(tickets('acme')).toMatchObject({ type: 'tickets', source: 'acme' })
    expect(Object.isFrozen(tickets('acme'))).toBe(true)
  })

  test('carries the messages that it names', () => {
    expect(resolveTopic(tickets('acme'), 'note')).toEqual({ type: 'tickets', source: 'acme' })
  })

  test('refuses another message, and names those that it carries', async () => {
    const publish = () => resolveTopic(tickets('acme'), 'tick')
    await expectRefusal(publish, 'HEDDLE_WRONG_TOPIC', 'tickets/acme', "'tick'", 'ticket, note')
  })

  test('refuses a source or a name that breaks the rules', async () => {
    await expectRefusal(() => tickets(''), 'HEDDLE_INVALID_ID')
    await expectRefusal(() => defineTopic('white space', [Ticket]), 'HEDDLE_INVALID_ID')
  })
})

describe('a topic that a caller gives', () => {
  test('is a string or a record', () => {
    expect(resolveTopic('tickets/acme', 'x')).toEqual({ type: 'tickets', source: 'acme' })
    expect(resolveTopic({ type: 'tickets', source: 'acme' }, 'x')).toEqual({
      type: 'tickets',
      source: 'acme',
    })
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an empty record', {}],
    ['a list', ['tickets', 'acme']],
    ['a record without a source', { type: 'tickets' }],
    ['a record whose source is a number', { type: 'tickets', source: 42 }],
    ['a record whose type breaks the rule', { type: 'white space', source: 'a' }],
    ['a string without a source', 'tickets'],
    ['an empty string', ''],
    ['a topic type that was not called', tickets],
  ])('is refused when it is not a topic: %s', async (_, topic) => {
    await expectRefusal(() => resolveTopic(topic as never, 'x'), 'HEDDLE_INVALID_ID')
  })
})
