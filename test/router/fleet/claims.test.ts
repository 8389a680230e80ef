import { expect, test } from 'vitest'
import { Claims } from '../../../src/router/fleet/claims.ts'
import type { Delivery, Key } from '../../../src/router/ledger/delivery.ts'
import { KeyRecord } from '../../../src/router/ledger/key-record.ts'
import { Counters, NO_CLAIM } from '../../../src/wire/counters.ts'

function rig({ isShared = true } = {}) {
  const begun: Delivery[] = []
  const claims = new Claims(isShared, (first) => begun.push(first))
  const counters = Counters.create()
  const slots: number[] = []
  let used = 0
  const post = (home: Key) => {
    const delivery = { home, slot: slots.pop() ?? used++, claim: NO_CLAIM } as Delivery
    home.accepted(0, 0)
    home.post(delivery)
    counters.grow(delivery.slot)
    claims.give(delivery, home, counters)
    return delivery
  }
  const begin = ({ slot, claim }: Delivery) => {
    const isWon = counters.claim(slot, claim)
    if (isWon) counters.begin(slot)
    return isWon
  }
  const settle = (delivery: Delivery) => {
    delivery.home?.settled(0, 0, delivery)
    claims.drop(delivery)
    counters.free(delivery.slot)
    slots.push(delivery.slot)
  }
  const idle = (upTo = claims.posted) => [...claims.idleKeys(upTo, counters)]
  const takeBegun = () => {
    claims.findBegun(counters)
    return begun.splice(0)
  }
  return { claims, post, begin, settle, idle, takeBegun }
}

const keyOf = (name: string) => new KeyRecord<Delivery>(name)

test('a slot is used again, with another claim', () => {
  const { claims, post, begin, settle } = rig()
  const key = keyOf('k')
  const given = Array.from({ length: 1_000 }, () => {
    const delivery = post(key)
    const { slot, claim } = delivery
    const isBegun = begin(delivery)
    settle(delivery)
    return { slot, claim, isBegun, isDropped: delivery.claim === NO_CLAIM }
  })
  expect(given.filter(({ isBegun, isDropped }) => !isBegun || !isDropped)).toEqual([])
  expect(new Set(given.map(({ slot }) => slot)).size).toBe(1)
  expect(new Set(given.map(({ claim }) => claim)).size).toBe(1_000)
  expect(claims.posted).toBe(1_000)
})

test('however many deliveries have begun, one more has a claim and can be taken back', () => {
  const { post, begin, idle } = rig()
  for (let more = 0; more < 10_000; more++) begin(post(keyOf(`begun ${more}`)))
  const last = keyOf('last')
  const delivery = post(last)
  expect(idle()).toEqual([[last, [delivery]]])
})

test('keys come with their deliveries in the order in which they were posted', () => {
  const { post, begin, settle, idle } = rig()
  const [one, other] = [keyOf('one'), keyOf('other')]
  const first = post(other)
  const begun = post(keyOf('begun'))
  const a = post(one)
  begin(begun)
  begin(first)
  settle(first)
  const b = post(one) // in the first one's slot
  expect(idle()).toEqual([[one, [a, b]]])
  expect(idle(2)).toEqual([])
})

test('a key is not taken back behind a turn that has begun, and is when that has settled', () => {
  const { post, begin, settle, idle } = rig()
  const key = keyOf('k')
  const [first, second, third] = [post(key), post(key), post(key)] as const
  begin(first)
  expect(idle()).toEqual([])
  settle(first)
  expect(idle()).toEqual([[key, [second, third]]])
})

test('what was told to end without a turn keeps its key, until it has settled', () => {
  const { claims, post, settle, idle } = rig()
  const key = keyOf('k')
  const [first, second, third] = [post(key), post(key), post(key)] as const
  claims.keep(second)
  expect(idle()).toEqual([])
  settle(second) // though it was not the first
  expect(idle()).toEqual([[key, [first, third]]])
})

test.each([true, false])('each turn is found once when it has begun; shared: %s', (isShared) => {
  const { post, begin, settle, takeBegun } = rig({ isShared })
  const key = keyOf('k')
  const [first, second] = [post(key), post(key)] as const
  const others = Array.from({ length: 5_000 }, (_, at) => post(keyOf(`other ${at}`)))
  expect(takeBegun()).toEqual([])
  begin(first)
  for (const other of others) begin(other)
  expect(takeBegun()).toEqual([first, ...others])
  expect(takeBegun()).toEqual([])
  settle(first)
  begin(second)
  expect(takeBegun()).toEqual([second])
})

test('a turn that was found to have begun while keys were taken back is found as well', () => {
  const { post, begin, idle, takeBegun } = rig()
  const first = post(keyOf('k'))
  begin(first)
  expect(idle()).toEqual([])
  expect(takeBegun()).toEqual([first])
})

test('nothing is left of the claims of a lane that has died', () => {
  const { claims, post, idle, takeBegun, begin } = rig()
  begin(post(keyOf('begun')))
  post(keyOf('k'))
  claims.clear()
  expect([idle(), takeBegun()]).toEqual([[], []])
})
