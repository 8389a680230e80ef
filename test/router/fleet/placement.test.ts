import { describe, expect, test } from 'vitest'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import type { ToLane } from '../../../src/wire/wire.ts'
import { laneOf, Rig } from '../../fixtures/placement-rig.ts'

const kinds = (records: readonly ToLane[] = []) => records.map(({ kind }) => kind)

describe('a key without a lane', () => {
  test('goes to the lane with the least to do', () => {
    const rig = new Rig({ lanes: 3 })
    const keys = ['a', 'b', 'c'].map((key) => laneOf(rig.publish(key)))
    expect(keys.sort()).toEqual([0, 1, 2])
  })

  test('goes to the lane that was heard from last, of two with the same load', () => {
    const rig = new Rig()
    rig.heavy('one')
    rig.heavy('two')
    rig.placement.heard(rig.lane(1), 'commit')
    expect(laneOf(rig.publish('light'))).toBe(1)
    rig.placement.heard(rig.lane(0), 'commit')
    rig.publish('even')
    expect(laneOf(rig.publish('next'))).toBe(0)
  })

  test('does not go to a lane whose turns were long, though it was heard from last', () => {
    const rig = new Rig()
    const [long, short] = [rig.lane(0), rig.lane(1)]
    long.measure(1, 50)
    short.measure(1, 0.1)
    for (const lane of [short, long]) rig.placement.heard(lane, 'commit')
    expect(laneOf(rig.publish('new'))).toBe(1)
  })

  test('does not count turns that have ended on a lane and are about to settle', () => {
    const rig = new Rig()
    rig.heavy('heavy')
    const sender = rig.publish('sender')
    expect(laneOf(sender)).toBe(1)
    rig.placement.heard(rig.lane(0), 'observations')
    rig.lane(1).beginCommit(1)
    expect(laneOf(rig.publish('light'))).toBe(1)
  })

  test('is not given to a lane that computes while another is open, however busy', () => {
    const rig = new Rig()
    rig.heavy('heavy')
    rig.lane(0).noteSilence()
    const lanes = Array.from({ length: 9 }, (_, at) => laneOf(rig.publish(`light ${at}`)))
    expect(new Set(lanes)).toEqual(new Set([1]))
    rig.lane(1).noteSilence()
    expect(laneOf(rig.publish('last'))).toBe(0)
  })
})

describe('a lane with a suspect', () => {
  test.each(['up', 'draining'] as const)(
    'takes the requests of its suspect, and nothing else: %s',
    (status) => {
      const rig = new Rig({ lanes: 1 })
      const suspect = rig.heavy('suspect')
      const lane = rig.lane(0)
      lane.suspect([suspect])
      lane.runAlone(suspect)
      if (status === 'draining') lane.drain()
      const [asked, other] = [rig.publish('asked', ['a/suspect']), rig.publish('other')]
      rig.placement.fill()
      expect([asked.state, other.state]).toEqual(['posted', 'waiting'])
    },
  )
})

describe('the credit of a lane', () => {
  test('is not filled by one key', () => {
    const rig = new Rig()
    const many = Array.from({ length: 40 }, () => rig.publish('many'))
    const posted = many.filter(({ state }) => state === 'posted')
    expect(posted).toHaveLength(rig.lane(0).keyShare)
    expect(rig.publish('other').state).toBe('posted')
  })
})

describe('a delivery that waits on a lane', () => {
  test('comes back with all of its key, in order, and goes to another lane with its state', () => {
    const rig = new Rig()
    const heavy = rig.heavy('heavy')
    const from = rig.lane(laneOf(heavy))
    const to = rig.lane(1 - from.index)
    to.died()
    rig.live(rig.publish('light'))
    const tail = [1, 2, 3].map(() => rig.publish('light'))
    rig.placement.flush()
    expect(tail.map(laneOf)).toEqual([from.index, from.index, from.index])
    rig.open(to)
    from.noteSilence()

    expect(rig.placement.takeBack(from, from.postings)).toBe(true)
    expect([from.posted, from.bound, from.computes]).toEqual([1, 1, true])
    expect(tail.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting'])
    rig.placement.fill()
    rig.placement.flush()
    expect(tail.map(laneOf)).toEqual([to.index, to.index, to.index])
    expect(tail.map(rig.begin, rig)).toEqual([true, true, true])
    expect(kinds(rig.posted[from.index]).at(-1)).toBe('recall')
    expect(rig.posted[to.index]).toMatchObject([
      { kind: 'deliver', keys: ['light'], extras: [{ row: 0, activate: [{ agent: 'a' }] }] },
    ])
    expect(rig.passivated).toEqual([`light of ${from.index}`])
  })

  test('is begun by its lane or comes back, and never both', () => {
    const rig = new Rig()
    rig.lane(1).died()
    const [begun, behind] = [rig.publish('light'), rig.publish('light')]
    const other = rig.publish('other')
    const { claim } = other
    const { counters } = rig.lane(0).handle ?? {}
    expect(rig.begin(begun)).toBe(true)
    rig.placement.takeBack(rig.lane(0), rig.lane(0).postings)
    expect([begun, behind, other].map(({ state }) => state)).toEqual([
      'posted',
      'posted',
      'waiting',
    ])
    expect(counters?.claim(other.slot, claim)).toBe(false)
    expect(counters?.claim(begun.slot, begun.claim)).toBe(true) // as in another attempt
  })

  test('stays while another of its key must end without a turn', () => {
    const rig = new Rig()
    rig.lane(1).died()
    const tail = [rig.publish('light'), rig.publish('light')]
    rig.lane(0).cancel(tail[1] as Delivery)
    expect(rig.placement.takeBack(rig.lane(0), rig.lane(0).postings)).toBe(false)
    rig.settle(tail[1] as Delivery)
    expect(rig.placement.takeBack(rig.lane(0), rig.lane(0).postings)).toBe(true)
  })

  test('stays until it is old enough', () => {
    const rig = new Rig()
    rig.lane(1).died()
    const old = rig.publish('old')
    const upTo = rig.lane(0).postings
    const fresh = rig.publish('fresh')
    rig.placement.takeBack(rig.lane(0), upTo)
    expect([old.state, fresh.state]).toEqual(['waiting', 'posted'])
  })

  test('is recalled from its lane after the deliveries so far, and before any later one', () => {
    const rig = new Rig()
    rig.lane(1).died()
    rig.publish('light')
    rig.placement.takeBack(rig.lane(0), rig.lane(0).postings)
    rig.placement.fill()
    rig.placement.flush()
    expect(kinds(rig.posted[0])).toEqual(['deliver', 'recall', 'deliver'])
  })

  test('leaves with its key’s live state when nothing of it is posted', () => {
    const rig = new Rig()
    rig.heavy('heavy')
    rig.lane(1).died()
    rig.live(rig.publish('light'))
    rig.open(rig.lane(1))
    rig.lane(0).noteSilence()
    expect(laneOf(rig.publish('light'))).toBe(1)
    rig.placement.flush()
    expect(kinds(rig.posted[0])).toEqual(['passivate', 'deliver'])
    expect([rig.lane(0).bound, rig.lane(1).bound]).toEqual([1, 1])
  })

  test('is found in the queue of a lane that is down, though its key had lost its lane', () => {
    const rig = new Rig()
    rig.heavy('heavy')
    const first = rig.publish('light')
    const down = rig.lane(1)
    rig.posted[1] = []
    down.died()
    rig.placement.putBack(down, [first])
    rig.settle(first)
    const later = rig.publish('light')
    expect(later.state).toBe('waiting')
    expect(rig.placement.takeBack(down, down.postings)).toBe(true)
    rig.placement.fill()
    expect([laneOf(later), later.state]).toEqual([0, 'posted'])
  })

  test('leaves its key at rest when it was cancelled while it waited', () => {
    const rig = new Rig({ maxLiveKeys: 1 })
    const [lane, other] = [rig.lane(0), rig.lane(1)]
    other.noteSilence()
    rig.live(rig.publish('rests'))
    while (lane.room > 0) rig.publish(`fills ${lane.room}`)
    const cancelled = rig.publish('rests')
    expect([laneOf(cancelled), cancelled.state]).toEqual([0, 'waiting'])
    rig.settle(cancelled)
    other.hear(1, true)
    lane.noteSilence()
    rig.placement.takeBack(lane, 0)
    expect(rig.passivated).not.toContain('rests of 0')
    expect([...lane.idle].map((key) => [key.domain, key.lane])).toEqual([['rests', 0]])
  })

  test('is not forgotten by a lane that holds too many live keys', () => {
    const rig = new Rig({ lanes: 1, maxLiveKeys: 1 })
    rig.live(rig.publish('one'))
    const others = Array.from({ length: 16 }, (_, at) => rig.publish(`other ${at}`))
    const waiting = rig.publish('one')
    expect(waiting.state).toBe('waiting') // the lane is full
    rig.live(others[0] as Delivery)
    expect(rig.passivated).toEqual([])
    for (const delivery of [...others.slice(1), waiting]) rig.settle(delivery)
    expect([rig.lane(0).bound, rig.lane(0).posted]).toEqual([0, 0])
  })
})

describe('the timer of recalls', () => {
  const due = async (rig: Rig) => {
    rig.clock.advance(1)
    await new Promise<void>((resolve) => rig.clock.soon(resolve))
  }

  test('is set only while one lane has work and another could take it', () => {
    const rig = new Rig()
    rig.recall.look()
    expect(rig.clock.pending).toBe(0)
    const heavy = rig.heavy('heavy')
    rig.recall.look()
    expect(rig.clock.pending).toBe(1)
    rig.settle(heavy)
    rig.recall.rest()
    rig.recall.look()
    rig.clock.advance(1) // it fires once more, and finds nothing to do
    expect(rig.clock.pending).toBe(0)
    rig.lane(1).died()
    rig.publish('light')
    rig.recall.look()
    expect(rig.clock.pending).toBe(0)
  })

  test('takes back what its lane has not begun, and does not fire again for a turn that computes', async () => {
    const rig = new Rig()
    const heavy = rig.heavy('heavy')
    rig.lane(1).died()
    const light = rig.publish('light')
    rig.open(rig.lane(1))
    rig.recall.look()
    await due(rig)
    expect(rig.moves).toBe(1)
    expect([laneOf(light), light.state]).toEqual([1, 'posted'])
    expect([laneOf(heavy), rig.lane(0).computes]).toEqual([0, true])
    expect(rig.clock.pending).toBe(0)
    rig.placement.heard(rig.lane(0), 'dry')
    expect(rig.lane(0).computes).toBe(false)
  })

  test('leaves a working lane its deliveries while no other lane is idle', async () => {
    const rig = new Rig()
    rig.lane(1).died()
    const light = [rig.heavy('one'), rig.publish('two'), rig.publish('three')]
    rig.open(rig.lane(1))
    rig.heavy('other')
    expect(rig.lane(1).load).toBe(1)
    rig.recall.look()
    rig.placement.heard(rig.lane(0), 'commit')
    rig.placement.heard(rig.lane(1), 'commit')
    await due(rig)
    expect(light.map(laneOf)).toEqual([0, 0, 0])
  })
})
