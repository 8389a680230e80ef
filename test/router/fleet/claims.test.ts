import { expect, test } from 'vitest'
import { Claims } from '../../../src/router/fleet/claims.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { KeyRecord } from '../../../src/router/ledger/key-record.ts'
import { CLAIM_CELLS, Counters, NO_CLAIM } from '../../../src/wire/counters.ts'

const deliveryOf = (home: KeyRecord) => ({ home, claim: NO_CLAIM }) as Delivery

function rig() {
  const claims = new Claims()
  const counters = Counters.create(1)
  const post = (key: KeyRecord) => {
    const delivery = deliveryOf(key)
    claims.give(delivery, counters)
    key.accepted(0, 0)
    key.post()
    return delivery
  }
  return { claims, counters, post }
}

test('a cell is used again, with another claim', () => {
  const { claims, counters, post } = rig()
  const key = new KeyRecord('k')
  const given = Array.from({ length: 3 * CLAIM_CELLS }, () => {
    const delivery = post(key)
    const { claim } = delivery
    const isBegun = counters.claim(claim)
    claims.drop(delivery)
    return { claim, isBegun, isDropped: delivery.claim === NO_CLAIM }
  })
  expect(given.filter(({ isBegun, isDropped }) => !isBegun || !isDropped)).toEqual([])
  expect(given.filter(({ claim }) => claim <= 0 || claim >= 2 ** 31)).toEqual([])
  expect(new Set(given.map(({ claim }) => claim)).size).toBe(3 * CLAIM_CELLS)
  expect(claims.posted).toBe(3 * CLAIM_CELLS)
})

test('with all cells in use a delivery gets no claim, and its key is not taken back', () => {
  const { claims, counters, post } = rig()
  const [many, few] = [new KeyRecord('many'), new KeyRecord('few')]
  post(few)
  for (let more = 1; more < CLAIM_CELLS; more++) post(many)
  expect([...claims.idleKeys(claims.posted, counters).keys()]).toEqual([few, many])
  expect(post(few).claim).toBe(NO_CLAIM)
  expect([...claims.idleKeys(claims.posted, counters).keys()]).toEqual([many])
})

test('keys come with their deliveries in the order in which they were posted', () => {
  const { claims, counters, post } = rig()
  const [one, other] = [new KeyRecord('one'), new KeyRecord('other')]
  const first = post(other)
  const begun = post(new KeyRecord('begun'))
  const a = post(one)
  counters.claim(begun.claim)
  counters.claim(first.claim)
  claims.drop(first)
  other.settled(0, 0, true)
  const b = post(one) // in the first one's cell
  const found = [...claims.idleKeys(claims.posted, counters)]
  expect(found).toEqual([[one, [a, b]]])
  expect(claims.idleKeys(2, counters).size).toBe(0)
})

test('nothing is left of the claims of a lane that has died', () => {
  const { claims, counters, post } = rig()
  const delivery = post(new KeyRecord('k'))
  claims.clear()
  expect(delivery.claim).toBe(NO_CLAIM)
  expect(claims.idleKeys(claims.posted, counters).size).toBe(0)
})
