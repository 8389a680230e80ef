import { describe, expect, test } from 'vitest'
import { type Bounds, DEFAULT_BOUNDS, Gate } from '../../src/runtime/bounds.ts'
import { KeyRecord } from '../../src/runtime/key-record.ts'
import type { Ledger } from '../../src/runtime/ledger.ts'

const recipient = (domain: string) => ({ agent: 'any', key: domain, domain })

/** A gate over counts that the test sets. */
function gateOf(bounds: Partial<Bounds>) {
  const ledger = { inFlight: 0, bytes: 0 }
  const keys = new Map<string, KeyRecord>()
  const key = (domain: string, inFlight: number, bytes = 0) => {
    keys.set(domain, Object.assign(new KeyRecord(domain), { inFlight, bytes }))
  }
  const gate = new Gate({ ...DEFAULT_BOUNDS, ...bounds }, ledger as Ledger, (name) =>
    keys.get(name),
  )
  const order: string[] = []
  const wait = (name: string, domains: string[], bytes = 1) => {
    const accept = () => {
      order.push(name)
      ledger.inFlight += domains.length
      for (const domain of domains) key(domain, (keys.get(domain)?.inFlight ?? 0) + 1)
    }
    gate.wait({
      recipients: domains.map(recipient),
      bytes,
      accept,
      refuse: (error) => order.push(`${name}: ${error.message}`),
    })
  }
  return { gate, ledger, key, order, wait }
}

describe('a bound', () => {
  test('is reached by what would pass it, and not by what fills it', () => {
    const { gate, ledger } = gateOf({ messages: 3 })
    ledger.inFlight = 2
    expect(gate.reached(['a'].map(recipient), 1)).toBeUndefined()
    expect(gate.reached(['a', 'b'].map(recipient), 1)).toEqual({ bound: 'messages', limit: 3 })
    ledger.inFlight = 3
    expect(gate.reached(['a'].map(recipient), 1)).toEqual({ bound: 'messages', limit: 3 })
  })

  test('counts the bytes of every recipient', () => {
    const { gate, ledger } = gateOf({ bytes: 100 })
    Object.assign(ledger, { inFlight: 1, bytes: 60 })
    expect(gate.reached(['a'].map(recipient), 40)).toBeUndefined()
    expect(gate.reached(['a', 'b'].map(recipient), 21)).toEqual({ bound: 'bytes', limit: 100 })
  })

  test('is there for each key, in messages and in bytes', () => {
    const { gate, ledger, key } = gateOf({ keyMessages: 2, keyBytes: 100 })
    ledger.inFlight = 5
    key('full', 2)
    key('heavy', 1, 95)
    expect(gate.reached(['full'].map(recipient), 1)).toEqual({ bound: 'keyMessages', limit: 2 })
    expect(gate.reached(['heavy'].map(recipient), 6)).toEqual({ bound: 'keyBytes', limit: 100 })
    expect(gate.reached(['other', 'full'].map(recipient), 1)).toEqual({
      bound: 'keyMessages',
      limit: 2,
    })
    expect(gate.reached(['other', 'heavy'].map(recipient), 5)).toBeUndefined()
  })

  test('lets in what finds it empty, however large', () => {
    const { gate, key } = gateOf({ messages: 1, bytes: 1, keyMessages: 1, keyBytes: 1 })
    expect(gate.reached(['a', 'b'].map(recipient), 1_000)).toBeUndefined()
    key('a', 0, 0)
    expect(gate.reached(['a'].map(recipient), 1_000)).toBeUndefined()
  })
})

describe('who waits at a bound', () => {
  test('is let in in the order of coming, as far as there is room', () => {
    const { gate, ledger, wait, order } = gateOf({ messages: 2 })
    ledger.inFlight = 2
    for (const name of ['one', 'two', 'three']) wait(name, [name])
    gate.admit()
    expect([order, gate.waiting]).toEqual([[], 3])
    ledger.inFlight = 1
    gate.admit()
    expect([order, gate.waiting]).toEqual([['one'], 2])
    ledger.inFlight = 0
    gate.admit()
    expect([order, gate.waiting]).toEqual([['one', 'two', 'three'], 0])
  })

  test('for a full key holds back that key alone, and nobody passes who waits for the same', () => {
    const { gate, ledger, key, wait, order } = gateOf({ keyMessages: 1 })
    ledger.inFlight = 1
    key('full', 1)
    wait('first', ['full'])
    wait('both', ['full', 'free'])
    wait('behind', ['free'])
    wait('other', ['elsewhere'])
    gate.admit()
    expect(order).toEqual(['other'])
    key('full', 0)
    gate.admit()
    expect(order).toEqual(['other', 'first'])
  })

  test('for the runtime’s bound holds back everybody behind, smaller ones too', () => {
    const { gate, ledger, wait, order } = gateOf({ bytes: 100 })
    Object.assign(ledger, { inFlight: 1, bytes: 90 })
    wait('large', ['a'], 50)
    wait('small', ['b'], 5)
    gate.admit()
    expect(order).toEqual([])
  })

  test('is turned away when the gate closes', () => {
    const { gate, ledger, wait, order } = gateOf({ messages: 1 })
    ledger.inFlight = 1
    wait('one', ['a'])
    wait('two', ['b'])
    gate.close(new Error('closed'))
    expect([order, gate.waiting]).toEqual([['one: closed', 'two: closed'], 0])
  })
})
