/** Values on their way through a runtime are treated the same on one thread and on lanes. */
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { closureAgent, defineMessage, type LogRecord, type Runtime } from '../../src/index.ts'
import { countsFrom, onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { expectRefusal, refusalOf } from '../fixtures/refusal.ts'
import {
  Config,
  Fill,
  Frozen,
  Hold,
  Log,
  Look,
  Odd,
  Small,
  Told,
  values,
  Weigh,
  weigh,
} from '../fixtures/values.agent.ts'

const config = () => ({ limits: { most: 3 }, names: ['a'], since: new Date(7) })
const large = new Uint8Array(1 << 20)
const viewOfLarge = large.subarray(100, 110)

onBothRuntimes('binary data carries its viewed bytes and no others', ({ start }) => {
  test('in payloads, wherever they stand', async () => {
    const runtime = await start({ agents: [values.with(config())] })
    const payload = {
      pooled: Buffer.from('hi'),
      part: viewOfLarge,
      map: new Map([['k', viewOfLarge]]),
      set: new Set([new DataView(large.buffer, 8, 4)]),
      list: [new Uint16Array(large.buffer, 8, 4)],
    }
    expect(await runtime.send(Weigh(payload), 'values/a')).toEqual({
      sizes: [2, 10, 10, 4, 8],
      kinds: ['Uint8Array', 'Uint8Array', 'Uint8Array', 'DataView', 'Uint16Array'],
    })
  })

  test('in replies, state, events, log fields and messages of a turn', async () => {
    const logged: LogRecord[] = []
    const events: unknown[] = []
    const told: unknown[] = []
    const listener = closureAgent({
      type: 'listener',
      handlers: (on) => [on(Told, (payload) => void told.push(payload))],
    })
    const log = (record: LogRecord) => void logged.push(record)
    const runtime = await start({ agents: [values.with(config()), listener], log })
    runtime.inspect((record) => record.kind === 'emitted' && events.push(record.event))
    const ask = (way: Parameters<typeof Small>[0]) => runtime.send(Small(way), 'values/a')
    expect(weigh(await ask('reply')).sizes).toEqual([10])
    for (const way of ['state', 'emit', 'log', 'publish'] as const) await ask(way)
    await runtime.idle()
    expect(weigh(logged.map(({ fields }) => fields)).sizes).toEqual([10])
    expect(weigh(events).sizes).toEqual([10])
    expect(weigh(told).sizes).toEqual([10])
    // As it was, and after it is decoded again.
    expect(await ask('read state')).toEqual({ sizes: [10], kinds: ['Buffer'] })
    await runtime.loadState(await runtime.saveState())
    expect(await ask('read state')).toEqual({ sizes: [10], kinds: ['Buffer'] })
  })
})

onBothRuntimes('a value that a handler keeps', ({ start, share }) => {
  const runtimeOf = share({ agents: [values.with(config())] })

  test('of state does not reach later turns: a late change is never committed', async () => {
    const runtime = runtimeOf()
    const filled = { list: [1], map: new Map([['k', 1]]), notes: { a: { n: 1 } } }
    await runtime.send(Fill(filled), 'values/late')
    await runtime.send(Hold('keep'), 'values/late')
    expect(await runtime.send(Hold('late'), 'values/late')).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ])
    const seen = await runtime.send(Look(), 'values/late')
    expect(seen).toMatchObject({
      rest: { list: [1], map: new Map([['k', 1]]) },
      notes: { a: { n: 1 } },
    })
    expect(await runtime.send(Hold('iterate'), 'values/late')).toBe('HEDDLE_TURN_ENDED')
  })

  test('of the config is shared with nobody, not even with the caller', async () => {
    const given = config()
    const runtime = await start({ agents: [values.with(given)] })
    given.limits.most = 50
    given.names.push('late')
    given.since.setTime(50)
    const spoilt = await runtime.send(Config('spoil'), 'values/a')
    expect(spoilt).toMatchObject({ refused: ['most', 'names'] })
    expect(await runtime.send(Config('read'), 'values/b')).toEqual({
      refused: [],
      config: config(),
    })
  })

  test('of a payload is frozen, except for what can’t be', async () => {
    const payload = { at: new Date(0), list: [{ n: 1 }], map: new Map([['k', { n: 1 }]]) }
    expect(await runtimeOf().send(Frozen(payload), 'values/a')).toEqual([
      'payload',
      'payload.list',
      'payload.list.0',
      'payload.map.k',
    ])
  })

  test('of a message is not the message that was sent', async () => {
    const seen: unknown[] = []
    const closure = closureAgent({
      type: 'closure',
      handlers: (on) => [on(Told, (payload) => void seen.push(payload))],
    })
    const interventions = [
      {
        onPublish: (message: Parameters<Runtime['publish']>[0]) => {
          ;(message.payload as Map<string, number>).set('by intervention', 1)
          return message
        },
      },
    ]
    const runtime = await start({ agents: [closure], interventions })
    const message = Told(new Map([['k', 1]]))
    const published = runtime.publish(message, 'told/a')
    ;(message.payload as Map<string, number>).set('by its maker', 1)
    await published
    await runtime.idle()
    expect(seen).toEqual([new Map([['k', 1]])])
    expect(Object.isFrozen(message)).toBe(true)
  })

  test('of a dead letter is seen in no other read of it, nor in a replay', async () => {
    const runtime = await start({ agents: [] })
    await runtime.publish(Told(new Map([['k', 1]])), 'told/a')
    const payloads = async () => (await runtime.deadLetters.list()).map(({ payload }) => payload)
    ;((await payloads())[0] as Map<string, number>).set('spoilt', 1)
    expect(await payloads()).toEqual([new Map([['k', 1]])])
    await runtime.deadLetters.replay({})
    expect(await payloads()).toEqual([new Map([['k', 1]])])
  })
})

onBothRuntimes('turn.state', ({ share }) => {
  const runtimeOf = share({ agents: [values.with(config())] })

  test('can be spread, listed and written as JSON', async () => {
    const runtime = runtimeOf()
    await runtime.send(Fill({ list: [1], count: 2, notes: { a: { n: 1 } } }), 'values/a')
    expect(await runtime.send(Look(), 'values/a')).toEqual({
      names: ['list', 'map', 'bytes', 'count', 'notes'],
      rest: { list: [1], map: new Map(), bytes: null, count: 2 },
      json: { list: [1], map: {}, bytes: null, count: 2, notes: { a: { n: 1 } } },
      notes: { a: { n: 1 } },
      hasList: true,
    })
  })

  test('that is initial again leaves nothing behind', async () => {
    const runtime = runtimeOf()
    await runtime.idle()
    const { keys } = runtime.stats()
    const { agents } = await runtime.saveState()
    const ids = Array.from({ length: 20 }, (_, n) => `values/spent-${n}`)
    for (const id of ids) {
      await runtime.send(Fill({ list: [1], count: 2, notes: { a: { n: 1 } } }), id)
    }
    expect(runtime.stats().keys).toBe(keys + ids.length)
    for (const id of ids) await runtime.send(Fill({ list: [], count: 0, notes: { a: null } }), id)
    await runtime.idle()
    expect(runtime.stats().keys).toBe(keys)
    expect((await runtime.saveState()).agents).toEqual(agents)
    await runtime.send(Fill({ count: 1 }), ids[0] as string)
    const again = await runtime.send(Look(), ids[0] as string)
    expect(again).toMatchObject({ rest: { list: [], count: 1 }, notes: {} })
  })

  test.each([
    ['a list that is a number now', { count: '[1]' }, 'count', 'a list', 'a number'],
    ['a field that is keyed now', { notes: '{"a":1}' }, 'notes', 'plain', 'keyed'],
    ['a keyed field that is plain now', { 'list\0a': '1' }, 'list', 'keyed', 'plain'],
  ])('that was saved under another definition is refused: %s', async (_, fields, ...parts) => {
    const runtime = runtimeOf()
    await runtime.loadState({ version: 1, agents: { 'values/old': fields } })
    const error = await expectRefusal(
      () => runtime.send(Look(), 'values/old'),
      'HEDDLE_REQUEST_FAILED',
    )
    expect(error.cause).toMatchObject({ code: 'HEDDLE_STATE_CHANGED' })
    for (const part of ["'values'", ...parts]) expect(error.message).toContain(part)
    await runtime.loadState({ version: 1, agents: {} })
  })

  test('takes a value of another kind from its own agent, any number of times', async () => {
    const runtime = runtimeOf()
    for (const bytes of [[1], { n: 1 }, 'text', new Date(7), null]) {
      await runtime.send(Fill({ bytes, count: [bytes] }), 'values/kinds')
      await runtime.loadState(JSON.parse(JSON.stringify(await runtime.saveState())))
      const seen = await runtime.send(Look(), 'values/kinds')
      expect(seen).toMatchObject({ rest: { bytes, count: [bytes] } })
    }
  })
})

onBothRuntimes('a value that can’t be cloned', ({ share }) => {
  const runtimeOf = share({ agents: [values.with(config())] })

  test.each([
    ['bigint', '{"amount":"10"}'],
    ['error', 'TypeError'],
    ['function', '[function run]'],
    ['ring', '[cycle]'],
    ['revoked', "can't be read"],
    ['list', '[1]'],
  ] as const)('is logged as a string, and ends nothing: %s', async (what, part) => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      const runtime = runtimeOf()
      const counts = countsFrom(runtime)
      await runtime.publish(Log(what), 'log/a')
      await runtime.idle()
      expect(counts()).toMatchObject({ handled: 1, deadLettered: 0 })
      expect(write.mock.calls.map(([text]) => String(text)).join('')).toContain(part)
    } finally {
      write.mockRestore()
    }
  })
})

onBothRuntimes('a thrown value', ({ share }) => {
  const runtimeOf = share({ agents: [values.with(config())] })
  const causeOf = async (what: Parameters<typeof Odd>[0]) => {
    const error = await refusalOf(() => runtimeOf().send(Odd(what), 'values/a'))
    expect(error.code).toBe('HEDDLE_REQUEST_FAILED')
    return error.cause
  }

  test('keeps its message, code and plain fields', async () => {
    expect(await causeOf('record')).toMatchObject({ message: 'too much', status: 429 })
    expect(await causeOf('fs')).toMatchObject({ code: 'ENOENT', errno: -2, path: '/x' })
    expect(await causeOf('revoked')).toMatchObject({ message: expect.stringContaining('read') })
  })

  test('keeps its parts, and the first of many causes', async () => {
    const both = (await causeOf('aggregate')) as AggregateError
    expect(both.errors).toMatchObject([
      { name: 'Error', message: 'one' },
      { name: 'TypeError', message: 'two' },
    ])
    const messages: string[] = []
    for (let at = await causeOf('chain'); at instanceof Error; at = at.cause) {
      messages.push(at.message)
    }
    expect(messages.at(-1)).toBe('the root')
    expect(messages.at(-2)).toContain('causes are left out')
  })

  test('a handler that returns a generator has failed', async () => {
    const counts = countsFrom(runtimeOf())
    expect(await causeOf('generator')).toMatchObject({
      message: expect.stringContaining("'odd' returned a generator"),
    })
    expect(counts()).toMatchObject({ handled: 0, deadLettered: 1 })
  })
})

onBothRuntimes('a reply that an intervention made', ({ start }) => {
  test('is checked by the request’s reply schema', async () => {
    const replies: unknown[] = [['fine'], { not: 'a list' }]
    const interventions = [{ onReply: () => replies.shift() }]
    const runtime = await start({ agents: [values.with(config())], interventions })
    expect(await runtime.send(Frozen(1), 'values/a')).toEqual(['fine'])
    const error = await expectRefusal(
      () => runtime.send(Frozen(1), 'values/a'),
      'HEDDLE_INTERVENTION_FAILED',
      'onReply',
      "'frozen'",
    )
    expect(error.cause).toMatchObject({ code: 'HEDDLE_INVALID_PAYLOAD' })
    expect(runtime.stats()).toMatchObject({ handled: 2, deadLettered: 0 })
  })
})

onBothRuntimes('two definitions of one name', ({ start }) => {
  test('are not interchangeable: a payload that the agent could not take is refused where it is sent', async () => {
    const Counted = defineMessage('counted', z.object({ n: z.number() }))
    const SameCounted = defineMessage('counted', z.object({ n: z.number() }))
    const OtherCounted = defineMessage('counted', z.string())
    const seen: unknown[] = []
    const counter = closureAgent({
      type: 'counter',
      handlers: (on) => [on(Counted, (payload) => void seen.push(payload))],
    })
    const runtime = await start({ agents: [counter] })
    await expectRefusal(
      () => runtime.publish(OtherCounted('seven'), 'counted/a'),
      'HEDDLE_INVALID_PAYLOAD',
      "'counted'",
      "'counter'",
      'a different definition',
    )
    // the payload fits, as when the same module is loaded twice
    await runtime.publish(SameCounted({ n: 1 }), 'counted/a')
    await runtime.publish(Counted({ n: 2 }), 'counted/a')
    await runtime.idle()
    expect(seen).toEqual([{ n: 1 }, { n: 2 }])
    expect(runtime.stats()).toMatchObject({ accepted: 2, handled: 2 })
  })
})
