import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import type { Outcome } from '../../../src/router/ledger/endings.ts'
import { Ledger } from '../../../src/router/ledger/ledger.ts'
import { Tasks } from '../../../src/router/ledger/task.ts'
import { originOf } from '../../fixtures/origin.ts'

const accept = (ledger: Ledger, bytes = 1, task = new Tasks().create()) =>
  ledger.accept({ ...originOf(bytes), task }, { agent: 'a', key: 'k', domain: 'k' }, 1, undefined)

describe('the ledger', () => {
  test('counts each delivery once, from its acceptance to its one outcome (D4)', () => {
    const outcomes = ['handled', 'deadLettered', 'dropped', 'cancelled'] as const
    const step = fc.oneof(
      fc.record({ do: fc.constant('accept' as const), bytes: fc.nat(100), task: fc.nat(2) }),
      fc.record({
        do: fc.constant('settle' as const),
        at: fc.nat(),
        outcome: fc.constantFrom(...outcomes),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const ledger = new Ledger()
        const tasks = Array.from({ length: 3 }, () => new Tasks().create())
        const live: Delivery[] = []
        const model = { accepted: 0, handled: 0, deadLettered: 0, dropped: 0, cancelled: 0 }
        for (const one of steps) {
          if (one.do === 'accept') {
            live.push(accept(ledger, one.bytes, tasks[one.task]))
            model.accepted++
          } else {
            const [delivery] = live.splice(one.at % Math.max(live.length, 1), 1)
            if (delivery === undefined) continue
            ledger.settle(delivery, one.outcome)
            model[one.outcome]++
          }
          expect(ledger.counts).toEqual({ ...model, inFlight: live.length })
          expect(ledger.bytes).toBe(live.reduce((sum, { bytes }) => sum + bytes, 0))
          expect(ledger.live()).toEqual(live)
          for (const task of tasks) {
            expect(ledger.ofTask(task)).toEqual(live.filter((one) => one.task === task))
          }
          expect(new Set(live.map(({ slot }) => slot)).size).toBe(live.length)
          for (const delivery of live) expect(ledger.at(delivery.slot)).toBe(delivery)
        }
      }),
    )
  })

  test('numbers deliveries in the order of acceptance, whatever slots they get', () => {
    const ledger = new Ledger()
    const [first, second] = [accept(ledger), accept(ledger)]
    ledger.settle(first, 'handled')
    const third = accept(ledger)
    expect([first.order, second.order, third.order]).toEqual([1, 2, 3])
    expect(third.slot).toBe(first.slot)
    expect(ledger.live()).toEqual([second, third])
  })

  test.each<Outcome>(['handled', 'cancelled'])('settles nothing twice: %s', (outcome) => {
    const ledger = new Ledger()
    const delivery = accept(ledger)
    ledger.settle(delivery, outcome)
    expect(() => ledger.settle(delivery, outcome)).toThrow('holds another delivery')
    accept(ledger) // takes the slot
    expect(() => ledger.settle(delivery, 'handled')).toThrow('holds another delivery')
    expect(ledger.counts).toMatchObject({ accepted: 2, [outcome]: 1, inFlight: 1 })
  })

  test('has no delivery at the slot of one that has settled', () => {
    const ledger = new Ledger()
    const { slot } = accept(ledger)
    ledger.settle(ledger.at(slot), 'dropped')
    expect(ledger.find(slot)).toBeUndefined()
    expect(() => ledger.at(slot)).toThrow()
  })
})
