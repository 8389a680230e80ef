/** Who gets a permit of a named limit, in which order, and when a permit ends (D9). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { DeliveryRig } from '../../fixtures/delivery-rig.ts'
import { laneOf } from '../../fixtures/placement-rig.ts'

/** Turns of these keys that have begun, each on a lane of its own choice. */
function turnsOf(rig: DeliveryRig, ...keys: string[]): Delivery[] {
  return keys.map((key) => {
    const delivery = rig.publish(key)
    rig.begin(delivery)
    return delivery
  })
}

/** The requests that were granted since this was called last, in the order of their lanes. */
const grantedBy = (rig: DeliveryRig) =>
  rig.lanes.flatMap((lane) => {
    return rig.repliesTo(lane).flatMap((reply) => (reply.kind === 'value' ? reply.id : []))
  })

const errorsOf = (rig: DeliveryRig) =>
  rig.lanes.flatMap((lane) => {
    return rig.repliesTo(lane).flatMap((reply) => (reply.kind === 'error' ? reply : []))
  })

describe('a permit', () => {
  test('is granted at once while there is room, then in the order of asking', () => {
    const rig = new DeliveryRig({ limits: { two: 2 } })
    const turns = turnsOf(rig, 'a', 'b', 'c', 'd')
    const [a, b, c, d] = turns.map((turn) => rig.acquire(turn, 'two'))
    expect(grantedBy(rig)).toEqual([a, b])
    rig.giveBack(turns[1] as Delivery, b as number)
    expect(grantedBy(rig)).toEqual([c])
    rig.settle(turns[0] as Delivery)
    expect(grantedBy(rig)).toEqual([d])
  })

  test('leaves room only when its turn has given back all of its permits', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const [holder, next] = turnsOf(rig, 'holder', 'next') as [Delivery, Delivery]
    const [outer, inner] = [rig.acquire(holder, 'one'), rig.acquire(holder, 'one')]
    expect(grantedBy(rig)).toEqual([outer, inner])
    const waiting = rig.acquire(next, 'one')
    rig.giveBack(holder, outer)
    expect(grantedBy(rig)).toEqual([])
    rig.giveBack(holder, inner)
    expect(grantedBy(rig)).toEqual([waiting])
  })

  test('that a turn waits for twice is granted twice, in one place', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const turns = turnsOf(rig, 'holder', 'twice', 'behind') as [Delivery, Delivery, Delivery]
    const [holder, twice, behind] = turns
    const held = rig.acquire(holder, 'one')
    const first = rig.acquire(twice, 'one')
    const last = rig.acquire(behind, 'one')
    const second = rig.acquire(twice, 'one')
    grantedBy(rig)
    rig.giveBack(holder, held)
    expect(grantedBy(rig)).toEqual([first, second])
    rig.giveBack(twice, first)
    expect(grantedBy(rig)).toEqual([])
    rig.giveBack(twice, second)
    expect(grantedBy(rig)).toEqual([last])
  })

  test('of one limit says nothing about another', () => {
    const rig = new DeliveryRig({ limits: { one: 1, other: 1 } })
    const [a, b] = turnsOf(rig, 'a', 'b') as [Delivery, Delivery]
    const [held, free] = [rig.acquire(a, 'one'), rig.acquire(b, 'other')]
    expect(grantedBy(rig)).toEqual([held, free])
    const both = [rig.acquire(a, 'other')]
    expect(grantedBy(rig)).toEqual([])
    rig.settle(b)
    expect(grantedBy(rig)).toEqual(both)
  })

  test('of a limit that is not there is refused, with the names of those that are', () => {
    const rig = new DeliveryRig({ limits: { one: 1, other: 1 } })
    const [turn] = turnsOf(rig, 'a') as [Delivery]
    const id = rig.acquire(turn, 'third')
    const fields = { limit: 'third', known: ['one', 'other'] }
    expect(errorsOf(rig)).toMatchObject([{ id, error: { code: 'HEDDLE_UNKNOWN_LIMIT', fields } }])
    expect([turn.permits, turn.home?.waits]).toEqual([undefined, undefined])
  })

  test('is known to its lane, first as a wait and then as held, until it ends', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const lane = rig.lane(0)
    const [holder, next] = turnsOf(rig, 'holder', 'next') as [Delivery, Delivery]
    const [held, waiting] = [rig.acquire(holder, 'one'), rig.acquire(next, 'one')]
    const known = () => [[...lane.asking.keys()], [...lane.permits.keys()]]
    const waits = () => [holder, next].map(({ home }) => home?.waits?.size ?? 0)
    expect([known(), waits()]).toEqual([
      [[waiting], [held]],
      [0, 1],
    ])
    rig.settle(holder)
    expect([known(), waits()]).toEqual([
      [[], [waiting]],
      [0, 0],
    ])
    rig.settle(next)
    expect([known(), rig.clock.pending]).toEqual([[[], []], 0])
  })
})

describe('the wait for a permit', () => {
  test('ends at its deadline with an error that names the holders', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const turns = turnsOf(rig, 'holder', 'hasty', 'patient') as [Delivery, Delivery, Delivery]
    const [holder, hasty, patient] = turns
    rig.acquire(holder, 'one')
    const [late, other] = [rig.acquire(hasty, 'one', 50), rig.acquire(patient, 'one')]
    rig.clock.advance(49)
    expect([errorsOf(rig), rig.answered]).toEqual([[], 0])
    rig.clock.advance(1)
    const fields = { limit: 'one', waitedMs: 50, holders: ['a/holder'] }
    const error = { code: 'HEDDLE_LIMIT_DEADLINE', fields }
    expect(errorsOf(rig)).toMatchObject([{ id: late, error }])
    expect([rig.answered, hasty.home?.waits]).toEqual([1, undefined])
    rig.settle(holder)
    expect(grantedBy(rig)).toEqual([other])
  })

  test('has the deadline of requests, if it has none of its own', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const [holder, next] = turnsOf(rig, 'holder', 'next') as [Delivery, Delivery]
    rig.acquire(holder, 'one')
    rig.acquire(next, 'one')
    rig.clock.advance(rig.desk.requestDeadlineMs - 1)
    expect(errorsOf(rig)).toEqual([])
    rig.clock.advance(1)
    expect(errorsOf(rig)).toHaveLength(1)
  })

  test('does not limit how long a permit is held', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const [holder] = turnsOf(rig, 'holder') as [Delivery]
    rig.acquire(holder, 'one', 50)
    rig.clock.advance(1_000)
    expect([errorsOf(rig), holder.permits?.size]).toEqual([[], 1])
  })

  test.each<[string, (rig: DeliveryRig, turn: Delivery, id: number) => void]>([
    ['its caller gives it up', (rig, turn, id) => rig.giveUp(turn, id)],
    ['its turn ends', (rig, turn) => rig.settle(turn)],
    ['its turn is to be tried again', (rig, turn) => rig.fail(turn)],
  ])('leaves its place where %s', (_, end) => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const turns = turnsOf(rig, 'holder', 'gone', 'next') as [Delivery, Delivery, Delivery]
    const [holder, gone, next] = turns
    const held = rig.acquire(holder, 'one')
    const [id, last] = [rig.acquire(gone, 'one'), rig.acquire(next, 'one')]
    grantedBy(rig)
    end(rig, gone, id)
    rig.giveBack(holder, held)
    expect([grantedBy(rig), gone.home?.waits]).toEqual([[last], undefined])
    expect([...rig.lane(0).asking.keys()]).toEqual([])
  })
})

test('the permits of a lane that dies go to the turns of others', () => {
  const rig = new DeliveryRig({ lanes: 2, limits: { one: 1 } })
  const [holder, next] = turnsOf(rig, 'holder', 'next') as [Delivery, Delivery]
  expect(laneOf(holder)).not.toBe(laneOf(next))
  const dying = rig.lane(laneOf(holder))
  rig.acquire(holder, 'one')
  rig.repliesTo(dying)
  const waiting = rig.acquire(next, 'one')
  rig.die(dying, new Error('it died'), { kind: 'nobody' })
  expect([holder.permits?.size, grantedBy(rig)]).toEqual([0, [waiting]])
  expect([...dying.permits.keys(), ...dying.asking.keys()]).toEqual([])
})

test('a wait that a lane leaves behind as it dies is never granted', () => {
  const rig = new DeliveryRig({ lanes: 2, limits: { one: 1 } })
  const [holder, lost] = turnsOf(rig, 'holder', 'lost') as [Delivery, Delivery]
  const held = rig.acquire(holder, 'one')
  rig.acquire(lost, 'one')
  grantedBy(rig)
  const dying = rig.lane(laneOf(lost))
  rig.die(dying, new Error('it died'), { kind: 'nobody' })
  rig.open(dying)
  rig.giveBack(holder, held)
  expect([grantedBy(rig), rig.clock.pending, lost.home?.waits]).toEqual([[], 0, undefined])
  const again = rig.acquire(holder, 'one')
  expect(grantedBy(rig)).toEqual([again])
})

describe('a wait that could never end', () => {
  test('is refused: the holder waits for the key that asks', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const [holder] = turnsOf(rig, 'holder') as [Delivery]
    rig.acquire(holder, 'one')
    const { asked } = rig.ask(holder, 'asked')
    rig.repliesTo(rig.lane(0))
    const id = rig.acquire(asked, 'one')
    const error = {
      code: 'HEDDLE_REQUEST_CYCLE',
      fields: { cycle: ['a/asked', 'limit one', 'a/asked'] },
    }
    expect(errorsOf(rig)).toMatchObject([{ id, error }])
    expect([asked.permits, asked.home?.waits]).toEqual([undefined, undefined])
    rig.settle(holder)
    expect(grantedBy(rig)).toEqual([])
  })

  test('is refused over two limits, and may begin while another holder can go on', () => {
    const rig = new DeliveryRig({ limits: { one: 1, two: 2 } })
    const [a, b, c] = turnsOf(rig, 'a', 'b', 'c') as [Delivery, Delivery, Delivery]
    rig.acquire(a, 'one')
    rig.acquire(b, 'two')
    rig.acquire(c, 'two')
    rig.acquire(b, 'one')
    rig.repliesTo(rig.lane(0))
    const may = rig.acquire(a, 'two')
    expect([errorsOf(rig), a.home?.waits?.size]).toEqual([[], 1])
    rig.giveUp(a, may)
    rig.acquire(c, 'one')
    const id = rig.acquire(a, 'two')
    expect(errorsOf(rig)).toMatchObject([{ id, error: { code: 'HEDDLE_REQUEST_CYCLE' } }])
  })

  test('is none where the turn holds the limit itself', () => {
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const [holder] = turnsOf(rig, 'holder') as [Delivery]
    rig.acquire(holder, 'one')
    rig.ask(holder, 'asked')
    rig.repliesTo(rig.lane(0))
    const id = rig.acquire(holder, 'one')
    expect(grantedBy(rig)).toEqual([id])
  })
})

describe('a lane that takes nothing else takes what the holder of a limit asks for', () => {
  /** A key whose state is live on the first lane, a turn there and one on the other lane. */
  const twoLanes = () => {
    const rig = new DeliveryRig({ lanes: 2, limits: { one: 1 } })
    rig.live(rig.publish('rests'))
    const [here, there] = turnsOf(rig, 'here', 'there') as [Delivery, Delivery]
    expect([rig.placement.find('rests')?.lane, laneOf(here), laneOf(there)]).toEqual([0, 0, 1])
    return { rig, lane: rig.lane(0), here, there }
  }

  test('while a suspect waits for the limit', () => {
    const { rig, lane, here, there } = twoLanes()
    const other = rig.publish('rests')
    rig.die(lane, new Error('it died'), { kind: 'turns' })
    rig.open(lane)
    rig.placement.fill()
    rig.acquire(there, 'one')
    const { asked } = rig.ask(there, 'rests')
    rig.placement.fill()
    expect([here, other, asked].map(({ state }) => state)).toEqual(['posted', 'waiting', 'waiting'])
    const waiting = rig.acquire(here, 'one')
    rig.placement.fill()
    expect([other, asked].map(({ state }) => state)).toEqual(['posted', 'posted'])
    grantedBy(rig)
    rig.settle(there)
    expect(grantedBy(rig)).toEqual([waiting])
  })

  test('while a turn of a lane that is drained waits for the limit', () => {
    const { rig, lane, here, there } = twoLanes()
    rig.publish('rests') // it keeps its key on the lane
    rig.drain(lane)
    rig.acquire(there, 'one')
    const { asked } = rig.ask(there, 'rests')
    rig.placement.fill()
    expect(asked.state).toBe('waiting')
    rig.acquire(here, 'one')
    rig.placement.fill()
    expect(asked.state).toBe('posted')
  })
})

test('a limit has at most its capacity of turns, and serves them in the order of asking', () => {
  const turn = fc.nat(4)
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), turn }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('give back' as const), turn }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('give up' as const), turn }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), turn }) },
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { maxLength: 50 }),
      (most, steps) => {
        const rig = new DeliveryRig({ limits: { limit: most } })
        const keys = ['a', 'b', 'c', 'd', 'e']
        const turns = turnsOf(rig, ...keys)
        /**
         * By turn: the permits that it holds, and those that it waits for; in the order of asking.
         */
        let asks: { readonly turn: number; readonly id: number; isHeld: boolean }[] = []
        const expected: number[] = []
        const holders = () => new Set(asks.flatMap((ask) => (ask.isHeld ? ask.turn : [])))
        const granted: number[] = []
        for (const { do: what, turn: at } of steps) {
          const delivery = turns[at] as Delivery
          const own = asks.filter((ask) => ask.turn === at)
          if (what === 'ask') {
            asks.push({ turn: at, id: rig.acquire(delivery, 'limit'), isHeld: false })
          } else if (what === 'end') {
            rig.settle(delivery)
            asks = asks.filter((ask) => ask.turn !== at)
            turns[at] = turnsOf(rig, keys[at] as string)[0] as Delivery
          } else {
            const ask = own.find(({ isHeld }) => isHeld === (what === 'give back'))
            if (ask === undefined) continue
            if (ask.isHeld) rig.giveBack(delivery, ask.id)
            else rig.giveUp(delivery, ask.id)
            asks = asks.filter((one) => one !== ask)
          }
          for (const ask of asks) {
            if (ask.isHeld || !(holders().size < most || holders().has(ask.turn))) continue
            for (const same of asks) {
              if (same.turn !== ask.turn || same.isHeld) continue
              same.isHeld = true
              expected.push(same.id)
            }
          }
          granted.push(...grantedBy(rig))
          expect(granted).toEqual(expected)
          expect(holders().size).toBeLessThanOrEqual(most)
          const held = asks.filter(({ isHeld }) => isHeld).map(({ id }) => id)
          expect(new Set(rig.lane(0).permits.keys())).toEqual(new Set(held))
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('a limit names those that hold it: their keys, and each agent as often as it has a permit', () => {
  const rig = new DeliveryRig({ limits: { limit: 2 } })
  const [a, b, next] = turnsOf(rig, 'a', 'b', 'next') as [Delivery, Delivery, Delivery]
  for (const turn of [a, a, b, next]) rig.acquire(turn, 'limit')
  const targets = [...(next.home?.waits ?? [])].map(({ target }) => target)
  expect(targets.map(({ name }) => name)).toEqual(['limit limit'])
  const [target] = targets
  if (target?.kind !== 'limit') throw new Error('it does not wait for the limit')
  expect(target.limit.heldBy).toEqual(['a/a', 'a/a', 'a/b'])
  expect(target.limit.holders()).toEqual([a.home, b.home])
  expect(target.limit.hasRoom).toBe(false)
})
