import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  asEnvelope,
  checkPayload,
  defineMessage,
  defineRequest,
  Envelope,
} from '../../src/messages/message.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const Ticket = defineMessage('ticket', z.object({ id: z.string(), lines: z.array(z.number()) }))
const Tick = defineMessage('tick')
const Score = defineRequest('score', { payload: z.object({ text: z.string() }), reply: z.number() })
const Anything = defineMessage('anything', z.any())

describe('a message type', () => {
  test('has a name, and makes messages of that name', () => {
    expect([Ticket.name, Ticket.kind, Score.name, Score.kind]).toEqual([
      'ticket',
      'message',
      'score',
      'request',
    ])
    expect(Ticket({ id: '1', lines: [2] })).toMatchObject({
      kind: 'message',
      name: 'ticket',
      payload: { id: '1', lines: [2] },
    })
    expect(Score({ text: 'x' })).toMatchObject({ kind: 'request', name: 'score' })
    expect(Tick().payload).toBeUndefined()
  })

  test('can’t be changed', () => {
    expect(Object.isFrozen(Ticket)).toBe(true)
    expect(Object.isFrozen(Score)).toBe(true)
  })

  test.each(['', 'white space', 'a/b', 'ünicode', undefined, 7, null])(
    'is not made with the name %j',
    async (name) => {
      const make = () => defineMessage(name as string)
      await expectRefusal(
        make,
        'HEDDLE_INVALID_ID',
        'message name',
        'letters, digits and _ - . : =',
      )
      await expectRefusal(
        () => defineRequest(name as string, { reply: z.any() }),
        'HEDDLE_INVALID_ID',
      )
    },
  )

  test('carries the output of its schema, frozen', () => {
    const Sized = defineMessage(
      'sized',
      z.object({ text: z.string().transform((text) => text.length), more: z.number().default(7) }),
    )
    const { payload } = Sized({ text: 'abc' })
    expect(payload).toEqual({ text: 3, more: 7 })
    expect(Object.isFrozen(payload)).toBe(true)
  })
})

describe('a payload that does not fit', () => {
  test('is refused with the path and text of each issue', async () => {
    const make = () => Ticket({ id: 7, lines: [1, 'two'] } as never)
    const error = await expectRefusal(make, 'HEDDLE_INVALID_PAYLOAD', "'ticket'", 'id:', 'lines.1:')
    expect(error.fields).toMatchObject({ message: 'ticket', issues: { length: 2 } })
  })

  test('is refused when the message takes none', async () => {
    await expectRefusal(
      () => Tick('x' as never),
      'HEDDLE_INVALID_PAYLOAD',
      "no payload, but got 'x'",
    )
    await expectRefusal(() => Tick(null as never), 'HEDDLE_INVALID_PAYLOAD', 'null')
  })

  test('is refused when it can’t be cloned, though its schema accepts it', async () => {
    const make = () => Anything({ deep: [() => {}] })
    await expectRefusal(make, 'HEDDLE_PAYLOAD_NOT_CLONEABLE', "'anything'", 'payload.deep.0')
  })

  test('is refused when its schema is asynchronous', async () => {
    const Later = defineMessage(
      'later',
      z.string().refine(async () => false),
    )
    const make = () => Later('x')
    await expectRefusal(make, 'HEDDLE_ASYNC_SCHEMA', "'later'", 'use a synchronous schema')
  })

  test('is refused with the error that its schema throws', () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (): never => {
          throw new RangeError('broken schema')
        },
      },
    }
    expect(() => defineMessage('broken', schema)('x' as never)).toThrow('broken schema')
  })

  test('is reported with a path of keys, or of objects that hold keys', async () => {
    const issues = [
      { message: 'bad', path: ['a', { key: 'b' }, 0, Symbol('s')] },
      { message: 'worse' },
    ]
    const schema = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues }) },
    }
    const make = () => defineMessage('pathy', schema)('x' as never)
    await expectRefusal(make, 'HEDDLE_INVALID_PAYLOAD', 'a.b.0.Symbol(s): bad; worse')
  })
})

describe('once a message is made, nothing can change what it says', () => {
  const detach = (buffer: ArrayBuffer) => structuredClone(buffer, { transfer: [buffer] })
  const turncoat = () => {
    let reads = 0
    return {
      get value() {
        return reads++ === 0 ? 1 : () => {}
      },
    }
  }
  const detached = () => {
    const buffer = new ArrayBuffer(8)
    detach(buffer)
    return buffer
  }
  const hostile: [name: string, payload: () => unknown, change?: (payload: never) => void][] = [
    ['a proxy', () => new Proxy({}, {})],
    ['a proxy of a map', () => new Proxy(new Map([['a', 1]]), {})],
    ['a proxy of a date', () => new Proxy(new Date(0), {})],
    ['a list with a function as a field', () => Object.assign([1], { run: () => {} })],
    ['a detached buffer', detached],
    ['a getter that returns a function the second time', turncoat],
    ['a date that is set', () => new Date(0), (date: Date) => date.setTime(7)],
    [
      'a map that gets a function',
      () => new Map(),
      (map: Map<string, unknown>) => map.set('f', () => {}),
    ],
    ['a set that grows', () => new Set([1]), (set: Set<number>) => set.add(2)],
    ['bytes that are written', () => new Uint8Array(2), (bytes: Uint8Array) => bytes.fill(9)],
    ['a buffer that is transferred', () => new ArrayBuffer(8), detach],
  ]
  test.each(hostile)('%s', (_, payload, change) => {
    const value = payload()
    let made: { payload: unknown }
    try {
      made = Anything({ value })
    } catch (error) {
      expect(error).toMatchObject({ code: 'HEDDLE_PAYLOAD_NOT_CLONEABLE' })
      return
    }
    const first = structuredClone(made.payload)
    change?.(value as never)
    expect(structuredClone(made.payload)).toEqual(first)
  })
})

describe('a value that no type has made', () => {
  test.each([
    ['a look-alike', { kind: 'message', name: 'tick', payload: undefined }, 'an object (Object)'],
    ['a string', 'tick', "'tick'"],
    ['nothing', undefined, 'undefined'],
    ['a list', [Tick()], 'an array'],
    ['a request', Score({ text: 'x' }), "the request 'score'"],
  ])('%s is not a message', async (_, value, got) => {
    await expectRefusal(
      () => asEnvelope(value, 'message'),
      'HEDDLE_NOT_A_MESSAGE',
      got,
      'defineMessage',
    )
  })

  test('a message type that was not called is reported by its name and not by its source', async () => {
    const error = await expectRefusal(() => asEnvelope(Tick, 'message'), 'HEDDLE_NOT_A_MESSAGE')
    expect(error.message).not.toContain('=>')
  })

  test('a message is not a request', async () => {
    const call = () => asEnvelope(Tick(), 'request')
    await expectRefusal(call, 'HEDDLE_NOT_A_MESSAGE', "the message 'tick'", 'defineRequest')
  })

  test('a message that a type has made is accepted unchanged', () => {
    const made = Ticket({ id: '1', lines: [] })
    expect(asEnvelope(made, 'message')).toBe(made)
    expect(made).toBeInstanceOf(Envelope)
  })
})

test('a reply is checked as a payload is', async () => {
  expect(checkPayload('score (reply)', z.number(), 7)).toBe(7)
  const check = () => checkPayload('score (reply)', z.number(), 'many')
  await expectRefusal(check, 'HEDDLE_INVALID_PAYLOAD', 'score (reply)')
})
