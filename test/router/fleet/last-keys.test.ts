/** When the keys have their turn whose next one is known to have ended a lane (D6). */
import { expect, test } from 'vitest'
import type { LaneChannel } from '../../../src/router/fleet/lane-channel.ts'
import { LastKeys } from '../../../src/router/fleet/last-keys.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { KeyRecord } from '../../../src/router/ledger/key-record.ts'

const keysOf = (...names: string[]) => names.map((name) => new KeyRecord<Delivery>(name))

function lastOf(...names: string[]): LastKeys {
  const last = new LastKeys()
  for (const key of keysOf(...names)) last.queue.push(key)
  return last
}

/** `asking`: how many turns wait for an answer. `load`: how many deliveries do not. */
const laneWith = (posted: number, asking: number, load: number) =>
  ({
    posted,
    load,
    asking: new Map(Array.from({ length: asking }, (_, at) => [at, {}])),
  }) as unknown as LaneChannel

const IDLE = laneWith(0, 0, 0)

test('a lane gets one if it has nothing else to do', () => {
  const isGiven = (posted: number, asking: number, load: number) =>
    lastOf('k').nextFor(laneWith(posted, asking, load)) !== undefined
  expect(isGiven(0, 0, 0)).toBe(true)
  expect(isGiven(1, 0, 1)).toBe(false)
  expect(isGiven(2, 1, 1)).toBe(false)
  // All that is there waits for others, which may be these keys.
  expect(isGiven(2, 1, 0)).toBe(true)
  expect(isGiven(2, 1, -1)).toBe(true)
  // What is there waits for something that no turn has asked for: a pause before another attempt.
  expect(isGiven(1, 0, 0)).toBe(false)
})

test('they come in their order, and then there is none', () => {
  const last = lastOf('a', 'b')
  const names = [1, 2, 3].map(() => last.nextFor(IDLE)?.domain)
  expect(names).toEqual(['a', 'b', undefined])
})

test('one is overdue after 255 other keys, and the next after as many again', () => {
  const last = lastOf('a', 'b')
  const given = Array.from({ length: 3 * 256 }, () => last.overdue()?.domain)
  const at = given.flatMap((name, index) => (name === undefined ? [] : [[name, index + 1]]))
  expect(at).toEqual([
    ['a', 256],
    ['b', 512],
  ])
})

test('one that is given to an idle lane makes the next wait from then on', () => {
  const last = lastOf('a', 'b')
  for (let others = 0; others < 255; others++) last.overdue()
  expect(last.nextFor(IDLE)?.domain).toBe('a')
  for (let others = 0; others < 255; others++) expect(last.overdue()).toBeUndefined()
  expect(last.overdue()?.domain).toBe('b')
})

test('keys that were given while none waited do not count', () => {
  const last = new LastKeys()
  for (let others = 0; others < 1_000; others++) last.overdue()
  for (const key of keysOf('a')) last.queue.push(key)
  expect(last.overdue()).toBeUndefined()
})
