/**
 * Recounts sums that the router keeps by hand: the books of a working runtime agree, and wrong ones
 * do not.
 */
import { expect, test } from 'vitest'
import { checkBooks } from '../../src/router/books.ts'
import { LaneChannel } from '../../src/router/fleet/lane-channel.ts'
import { Placement } from '../../src/router/fleet/placement.ts'
import type { Delivery } from '../../src/router/ledger/delivery.ts'
import { Ledger } from '../../src/router/ledger/ledger.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { originOf } from '../fixtures/origin.ts'

function booksOf() {
  const channels = [new LaneChannel(0, true), new LaneChannel(1, true)]
  const ledger = new Ledger()
  const options = { maxLiveKeys: 10, clock: new ManualClock() }
  const placement = new Placement(channels, new LaneChannel(-1, false), options, () => {})
  const deliveries = ['a', 'a', 'b'].map((key) => {
    const recipient = { agent: 'x', key, domain: key }
    const delivery = ledger.accept(originOf(), recipient, 1, undefined)
    placement.add(delivery, key)
    return delivery
  })
  return { books: { ledger, placement, channels }, delivery: deliveries[0] as Delivery }
}

test('the books of waiting deliveries agree', () => {
  expect(() => checkBooks(booksOf().books)).not.toThrow()
})

test.each<[string, (made: ReturnType<typeof booksOf>) => void]>([
  ['in flight of key a', ({ delivery: { home } }) => void (home && home.inFlight++)],
  ['posted of key a', ({ delivery }) => void Object.assign(delivery, { state: 'posted' })],
  ['bytes of key a', ({ delivery: { home } }) => void (home && home.bytes--)],
  ['posted to lane 1', ({ books: { channels } }) => void (channels[1] && channels[1].posted++)],
  ['bound to lane 0', ({ books: { channels } }) => void (channels[0] && channels[0].bound++)],
  [
    'idle on lane 0',
    ({ books: { channels }, delivery: { home } }) => void (home && channels[0]?.idle.add(home)),
  ],
])('a wrong sum is found: %s', (what, spoil) => {
  const made = booksOf()
  spoil(made)
  expect(() => checkBooks(made.books)).toThrow(what)
})
