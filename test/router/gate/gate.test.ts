import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bounds, boundsOf, Room } from '../../../src/router/gate/bounds.ts'
import { Gate } from '../../../src/router/gate/gate.ts'
import type { Delivery, Key } from '../../../src/router/ledger/delivery.ts'
import { KeyRecord } from '../../../src/router/ledger/key-record.ts'
import type { Ledger } from '../../../src/router/ledger/ledger.ts'

const recipient = (domain: string) => ({ agent: 'any', key: domain, domain })

/** A gate over counts that the test sets. */
function gateOf(bounds: Partial<Bounds>) {
  const ledger = { inFlight: 0, bytes: 0 }
  const keys = new Map<string, Key>()
  let looked = 0
  const recordOf = (domain: string) => {
    const record = keys.get(domain) ?? new KeyRecord<Delivery>(domain)
    keys.set(domain, record)
    return record
  }
  const gate = new Gate(boundsOf(bounds), ledger as Ledger, (name) => {
    looked++
    return keys.get(name)
  })
  const order: string[] = []
  const enter = (domains: readonly string[], bytes = 1) => {
    ledger.inFlight += domains.length
    ledger.bytes += bytes * domains.length
    for (const domain of domains) {
      recordOf(domain).accepted(bytes, 0)
    }
  }
  const exit = (domain: string, bytes = 1) => {
    ledger.inFlight--
    ledger.bytes -= bytes
    recordOf(domain).settled(bytes, 0, undefined)
  }
  const settle = (domain: string, bytes = 1) => {
    exit(domain, bytes)
    gate.freed(domain)
  }
  const wait = (name: string, domains: string[], bytes = 1) =>
    gate.wait({
      recipients: domains.map(recipient),
      bytes,
      accept: () => {
        order.push(name)
        enter(domains, bytes)
      },
      refuse: (error) => order.push(`${name}: ${error.message}`),
    })
  return {
    ...{ gate, ledger, order, enter, exit, settle, wait },
    looks: () => looked,
    isOpenTo: (domains: string[], bytes = 1) => gate.isOpenTo(domains.map(recipient), bytes),
    reached: (domains: string[], bytes = 1) => {
      const { bound, limit } = gate.reached(domains.map(recipient), bytes) ?? {}
      return bound === undefined ? undefined : { bound, limit }
    },
  }
}

describe('the bounds of a key', () => {
  test('are parts of the runtime’s, if they are not given', () => {
    const mib = 1_024 * 1_024
    expect(boundsOf()).toEqual({
      messages: 10_000,
      bytes: 256 * mib,
      keyMessages: 1_000,
      keyBytes: 64 * mib,
      policy: 'wait',
    })
    expect(boundsOf({ messages: 50, bytes: 2 })).toMatchObject({ keyMessages: 5, keyBytes: 1 })
    expect(boundsOf({ messages: 3, keyMessages: 3 })).toMatchObject({ keyMessages: 3 })
  })
})

describe('a bound', () => {
  test('is reached by a message that would exceed it, and not by one that fills it', () => {
    const { enter, reached } = gateOf({ messages: 3, keyMessages: 3 })
    enter(['x', 'y'])
    expect(reached(['a'])).toBeUndefined()
    expect(reached(['a', 'b'])).toEqual({ bound: 'messages', limit: 3 })
    enter(['z'])
    expect(reached(['a'])).toEqual({ bound: 'messages', limit: 3 })
  })

  test('counts the bytes of every recipient', () => {
    const { enter, reached } = gateOf({ bytes: 100, keyBytes: 100 })
    enter(['x'], 60)
    expect(reached(['a'], 40)).toBeUndefined()
    expect(reached(['a', 'b'], 21)).toEqual({ bound: 'bytes', limit: 100 })
  })

  test('exists for each key, in messages and in bytes, and agents of one key share it', () => {
    const { enter, reached } = gateOf({ keyMessages: 2, keyBytes: 100 })
    enter(['full'])
    enter(['full'])
    enter(['heavy'], 95)
    expect(reached(['full'])).toEqual({ bound: 'keyMessages', limit: 2 })
    expect(reached(['heavy'], 6)).toEqual({ bound: 'keyBytes', limit: 100 })
    expect(reached(['other', 'full'])).toEqual({ bound: 'keyMessages', limit: 2 })
    expect(reached(['other', 'heavy'], 5)).toBeUndefined()
    expect(reached(['heavy', 'heavy'], 1)).toEqual({ bound: 'keyMessages', limit: 2 })
  })

  test('lets a message in when it is empty, however large the message', () => {
    const { enter, settle, reached } = gateOf({
      messages: 1,
      bytes: 1,
      keyMessages: 1,
      keyBytes: 1,
    })
    expect(reached(['a', 'b'], 1_000)).toBeUndefined()
    enter(['a'])
    settle('a')
    expect(reached(['a'], 1_000)).toBeUndefined()
  })
})

describe('a caller that waits at a bound', () => {
  test('is let in in the order of arrival, as far as there is room', () => {
    const { gate, enter, settle, wait, order } = gateOf({ messages: 2 })
    enter(['x'])
    enter(['y'])
    for (const name of ['one', 'two', 'three']) wait(name, [name])
    gate.admit()
    expect([order, gate.waiting]).toEqual([[], 3])
    settle('x')
    gate.admit()
    expect([order, gate.waiting]).toEqual([['one'], 2])
    settle('y')
    settle('one')
    gate.admit()
    expect([order, gate.waiting]).toEqual([['one', 'two', 'three'], 0])
  })

  test('for a full key holds back that key alone, and is not overtaken by another for the same key', () => {
    const { gate, enter, settle, wait, order, isOpenTo } = gateOf({ keyMessages: 1 })
    enter(['full'])
    wait('first', ['full'])
    wait('both', ['full', 'free'])
    wait('behind', ['free'])
    wait('other', ['elsewhere'])
    gate.admit()
    expect(order).toEqual(['other'])
    expect([isOpenTo(['anywhere']), isOpenTo(['full']), isOpenTo(['free'])]).toEqual([
      ...[true, false, false],
    ])
    settle('full')
    gate.admit()
    expect(order).toEqual(['other', 'first'])
    settle('full')
    gate.admit()
    expect(order).toEqual(['other', 'first', 'both'])
    settle('free')
    gate.admit()
    expect(order).toEqual(['other', 'first', 'both', 'behind'])
  })

  test('for the runtime’s bound holds back everything behind it, even smaller messages', () => {
    const { gate, enter, wait, order, isOpenTo } = gateOf({ bytes: 100, keyBytes: 100 })
    enter(['x'], 90)
    const leave = wait('large', ['a'], 50)
    wait('small', ['b'], 5)
    gate.admit()
    expect([order, isOpenTo(['c'])]).toEqual([[], false])
    leave()
    gate.admit()
    expect([order, isOpenTo(['c'])]).toEqual([['small'], true])
  })

  test('is refused when the gate closes, and so are later callers', () => {
    const { gate, enter, wait, order } = gateOf({ messages: 1 })
    enter(['x'])
    wait('one', ['a'])
    wait('two', ['b'])
    gate.close(new Error('closed'))
    wait('three', ['c'])
    expect(order).toEqual(['one: closed', 'two: closed', 'three: closed'])
    expect(gate.waiting).toBe(0)
  })

  test('has the error of the first close, and nobody is refused twice', () => {
    const { gate, enter, wait, order } = gateOf({ messages: 1 })
    enter(['x'])
    const leave = wait('one', ['a'])
    gate.close(new Error('closed'))
    gate.close(new Error('closed again'))
    leave()
    wait('two', ['b'])
    gate.admit()
    expect(order).toEqual(['one: closed', 'two: closed'])
  })

  test('for two keys stands in the queue of each, and is let in when both have room', () => {
    const { gate, enter, settle, wait, order } = gateOf({ keyMessages: 1 })
    for (const key of ['a', 'b']) enter([key])
    wait('both', ['a', 'b'])
    gate.admit()
    settle('b')
    gate.admit()
    expect(order).toEqual([])
    wait('behind', ['b'])
    gate.admit()
    expect(order).toEqual([])
    settle('a')
    gate.admit()
    expect(order).toEqual(['both'])
  })

  test('and leaves lets in those behind it, though it was known to be held back', () => {
    const { gate, enter, wait, order } = gateOf({ keyMessages: 1 })
    enter(['full'])
    const leave = wait('both', ['full', 'free'])
    wait('behind', ['free'])
    gate.admit()
    expect(order).toEqual([])
    leave()
    gate.admit()
    expect(order).toEqual(['behind'])
  })

  test('may leave, from any place, and is not remembered', () => {
    const { gate, enter, settle, wait, order } = gateOf({ keyMessages: 1 })
    enter(['a'])
    const leave = Array.from({ length: 10_000 }, (_, at) => wait(`${at}`, ['a']))
    gate.admit()
    for (const [at, go] of leave.entries()) if (at !== 5_000) go()
    leave[0]?.()
    expect(gate.waiting).toBe(1)
    settle('a')
    gate.admit()
    expect(order).toEqual(['5000'])
  })
})

describe('letting in', () => {
  test('does not look at callers that wait for full keys, however many', () => {
    const { gate, enter, settle, wait, order, looks } = gateOf({ keyMessages: 5 })
    const keys = ['stuck', 'stuck too']
    for (const key of keys) for (let n = 0; n < 5; n++) enter([key])
    for (let at = 0; at < 20_000; at++) wait(`${at}`, [keys[at % 2] as string])
    gate.admit()
    const before = looks()
    for (let at = 0; at < 100; at++) {
      enter(['free'])
      settle('free')
      gate.admit()
    }
    expect(looks() - before).toBeLessThanOrEqual(100)
    expect(order).toEqual([])
    settle('stuck')
    gate.admit()
    expect(order).toEqual(['0'])
  })

  test('agrees with a simple model, whatever comes, settles and leaves', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('come' as const),
          keys: fc.array(key, { maxLength: 3 }),
          bytes: fc.integer({ min: 1, max: 9 }),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), at: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), at: fc.nat() }) },
    )
    const bounds = fc.record({
      messages: fc.integer({ min: 1, max: 6 }),
      bytes: fc.integer({ min: 5, max: 30 }),
      keyMessages: fc.integer({ min: 1, max: 3 }),
      keyBytes: fc.integer({ min: 3, max: 15 }),
    })
    fc.assert(
      fc.property(bounds, fc.array(step, { maxLength: 60 }), (given, steps) => {
        const { gate, ledger, order, enter, exit, settle, wait, isOpenTo } = gateOf(given)
        const inside: { domain: string; bytes: number }[] = []
        const leaving = new Map<string, () => void>()
        let waiting: { name: string; domains: string[]; bytes: number }[] = []
        const expected: string[] = []
        const room = new Room(boundsOf(given), ledger as Ledger, (domain) => {
          const key = new KeyRecord<Delivery>(domain)
          for (const one of inside) if (one.domain === domain) key.accepted(one.bytes, 0)
          return key
        })
        /** Goes through all that wait, in order, and holds each against those before it. */
        const modelAdmits = () => {
          const held = new Set<string>()
          const stay: typeof waiting = []
          let isOver = false
          for (const one of waiting) {
            const recipients = one.domains.map(recipient)
            const isBehind = one.domains.some((domain) => held.has(domain))
            const isFull = room.fullKey(recipients, one.bytes) !== undefined
            if (!isOver && !isBehind && !isFull) {
              if (room.reached(recipients, one.bytes) === undefined) {
                expected.push(one.name)
                enter(one.domains, one.bytes)
                for (const domain of one.domains) inside.push({ domain, bytes: one.bytes })
                continue
              }
              isOver = true
            }
            for (const domain of one.domains) held.add(domain)
            stay.push(one)
          }
          waiting = stay
          return isOver
        }
        for (const [at, one] of steps.entries()) {
          if (one.do === 'come') {
            leaving.set(`${at}`, wait(`${at}`, one.keys, one.bytes))
            waiting.push({ name: `${at}`, domains: one.keys, bytes: one.bytes })
          } else if (one.do === 'settle') {
            const [gone] = inside.splice(one.at % Math.max(1, inside.length), 1)
            if (gone !== undefined) settle(gone.domain, gone.bytes)
          } else if (waiting.length > 0) {
            const [gone] = waiting.splice(one.at % waiting.length, 1)
            leaving.get(gone?.name as string)?.()
          }
          const before = { ...ledger }
          gate.admit()
          const after = { ...ledger }
          // The gate has let in its messages. Their counts are taken back, so that the model starts
          // from the same counts.
          const mine = order.slice(expected.length)
          for (const name of mine) {
            const { domains, bytes } = waiting.find((who) => who.name === name) ?? {
              domains: [],
              bytes: 0,
            }
            for (const domain of domains) exit(domain, bytes)
          }
          expect(ledger).toEqual(before)
          const isOver = modelAdmits()
          expect(ledger).toEqual(after)
          expect(order).toEqual(expected)
          expect(gate.waiting).toBe(waiting.length)
          const isFree = !isOver && !waiting.some(({ domains }) => domains.includes('a'))
          const hasRoom =
            room.reached([recipient('a')], 1) === undefined &&
            room.fullKey([recipient('a')], 1) === undefined
          expect(isOpenTo(['a'])).toBe(isFree && hasRoom)
        }
      }),
      { numRuns: 300 },
    )
  })
})
