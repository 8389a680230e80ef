/**
 * Recounts sums that the router keeps by hand: the books of a working runtime agree, and wrong ones
 * do not.
 */
import { expect, test } from 'vitest'
import { checkBooks } from '../../src/router/books.ts'
import { LaneChannel } from '../../src/router/fleet/lane-channel.ts'
import { Placement } from '../../src/router/fleet/placement.ts'
import { type Delivery, markPosted } from '../../src/router/ledger/delivery.ts'
import { Ledger } from '../../src/router/ledger/ledger.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { originOf } from '../fixtures/origin.ts'

function booksOf() {
  const channels = [new LaneChannel(0, true), new LaneChannel(1, true)]
  const ledger = new Ledger()
  const options = { maxLiveKeys: 10, clock: new ManualClock(), watch: { looks: 0 } }
  const placement = new Placement(channels, new LaneChannel(-1, false), options, () => {})
  const deliveries = ['a', 'a', 'b'].map((key) => {
    const recipient = { agent: 'x', key, domain: key }
    const delivery = ledger.accept(originOf(), recipient, 1, undefined)
    placement.add(delivery, key)
    return delivery
  })
  return { books: { ledger, placement, channels }, delivery: deliveries[0] as Delivery }
}

/** Makes a sum, which only its owner can change, wrong by one. */
function spoil<Of extends object>(owner: Of | undefined, sum: keyof Of): void {
  if (owner === undefined) throw new Error('its owner is missing')
  Object.defineProperty(owner, sum, { value: Number(owner[sum]) + 1 })
}

test('the books of waiting deliveries agree', () => {
  expect(() => checkBooks(booksOf().books)).not.toThrow()
})

test.each<[string, (made: ReturnType<typeof booksOf>) => void]>([
  ['in flight of key a', ({ delivery: { home } }) => spoil(home, 'inFlight')],
  ['posted of key a', ({ delivery }) => markPosted(delivery)],
  ['bytes of key a', ({ delivery: { home } }) => spoil(home, 'bytes')],
  ['posted to lane 1', ({ books: { channels } }) => spoil(channels[1], 'posted')],
  ['bound to lane 0', ({ books: { channels } }) => spoil(channels[0], 'bound')],
  [
    'idle on lane 0',
    ({ books: { channels }, delivery: { home } }) => void (home && channels[0]?.idle.add(home)),
  ],
])('a wrong sum is found: %s', (what, change) => {
  const made = booksOf()
  change(made)
  expect(() => checkBooks(made.books)).toThrow(what)
})
