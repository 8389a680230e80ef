/** Which keys are reported as stalled or hot, when, and what each is said to wait for (D10). */
import { describe, expect, test } from 'vitest'
import { domainOf } from '../../../src/ids/serial-domain.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import type { InspectRecord, WaitsFor } from '../../../src/router/reports/inspect-record.ts'
import { Inspection } from '../../../src/router/reports/inspection.ts'
import { StallWatch } from '../../../src/router/watches/stall-watch.ts'
import { DeliveryRig } from '../../fixtures/delivery-rig.ts'
import { originOf } from '../../fixtures/origin.ts'
import { laneOf } from '../../fixtures/placement-rig.ts'

/** A check is every tenth look, once a second; a key stalls after two seconds. */
const STALL_MS = 2_000
const LOOKS = 10

class WatchRig extends DeliveryRig {
  /** What was reported, whether anybody listened or not. */
  readonly reported: InspectRecord[] = []
  readonly watch: StallWatch
  readonly watched = new Inspection(() => {}, {
    mode: 'always',
    heed: (record) => void this.reported.push(record),
  })

  constructor({ lanes = 1 } = {}) {
    super({ lanes, limits: { one: 1 } })
    this.watch = new StallWatch({
      clock: this.clock,
      ledger: this.ledger,
      watch: this.looked,
      lanes: this.lanes,
      inspection: this.watched,
      messageId: (sequence) => `m${sequence}`,
      stallMs: STALL_MS,
    })
  }

  seconds(count: number): void {
    for (let looks = 0; looks < count * LOOKS; looks++) {
      this.clock.advance(100)
      this.looked.looks++
      this.watch.look()
    }
  }

  /** The keys of each report of stalls since this was called last. */
  stalls(): string[][] {
    return this.reported.splice(0).flatMap((record) => {
      return record.kind === 'stalled' ? [record.keys.map(({ key }) => key)] : []
    })
  }

  waitsOf(key: string): readonly WaitsFor[] | undefined {
    return this.watch.list().find((stalled) => stalled.key === key)?.waitsFor
  }
}

describe('a key is stalled', () => {
  test('when nothing of it has settled for long enough, as of the next check', () => {
    const rig = new WatchRig()
    rig.publish('k')
    rig.seconds(1.9)
    expect([rig.stalls(), rig.watch.list()]).toEqual([[], []])
    rig.seconds(0.1)
    expect(rig.stalls()).toEqual([['k']])
    rig.publish('late')
    rig.seconds(1.9)
    expect(rig.stalls()).toEqual([])
    rig.seconds(0.1)
    expect(rig.stalls()).toEqual([['late']])
  })

  test('and not while something of it settles, whatever is left', () => {
    const rig = new WatchRig()
    const all = Array.from({ length: 6 }, () => rig.publish('k'))
    for (const delivery of all.slice(0, 5)) {
      rig.seconds(1)
      rig.settle(delivery)
    }
    expect(rig.stalls()).toEqual([])
    rig.seconds(2)
    expect(rig.stalls()).toEqual([['k']])
  })

  test('once for each stall: it is reported again after progress, and for new listeners', () => {
    const rig = new WatchRig()
    const [first] = [rig.publish('k'), rig.publish('k')] as [Delivery, Delivery]
    rig.seconds(5)
    expect(rig.stalls()).toEqual([['k']])
    rig.settle(first)
    rig.seconds(5)
    expect(rig.stalls()).toEqual([['k']])
    const heard: string[] = []
    const stop = rig.watched.listen(({ kind }) => heard.push(kind))
    rig.seconds(3)
    expect([rig.stalls(), heard]).toEqual([[['k']], ['stalled']])
    stop()
    rig.seconds(3)
    expect(rig.stalls()).toEqual([['k']])
  })

  test('with others: each check reports those that it finds for the first time', () => {
    const rig = new WatchRig()
    for (const key of ['a', 'b']) rig.publish(key)
    rig.seconds(1)
    rig.publish('c')
    rig.seconds(3)
    expect(rig.stalls()).toEqual([['a', 'b'], ['c']])
    expect(rig.watch.list().map(({ key }) => key)).toEqual(['a', 'b', 'c'])
  })

  test('and is described by its oldest delivery, by what it has in flight and since when', () => {
    const rig = new WatchRig()
    const [settled, oldest] = [rig.publish('k'), rig.publish('k')] as const
    rig.publish('k')
    rig.seconds(1)
    rig.settle(settled)
    rig.publish('k') // in the place of the one that has settled
    rig.seconds(3)
    expect(rig.watch.list()).toMatchObject([
      {
        ...{ key: 'k', agent: 'a/k', message: 'note', messageId: `m${oldest.sequence}` },
        ...{ sinceMs: 3_000, inFlight: 3 },
      },
    ])
  })

  test('for no longer than anything is in flight', () => {
    const rig = new WatchRig()
    const turn = rig.publish('k')
    rig.seconds(3)
    expect(rig.watch.list()).toHaveLength(1)
    rig.settle(turn)
    expect(rig.watch.list()).toEqual([])
  })
})

describe('a stalled key waits for', () => {
  test('the answers and limits that its turn has asked for, each since it did', () => {
    const rig = new WatchRig()
    const [holder, turn] = [rig.publish('holder'), rig.publish('k')]
    for (const delivery of [holder, turn]) rig.begin(delivery)
    rig.acquire(holder, 'one')
    rig.ask(turn, 'asked')
    rig.seconds(1)
    rig.acquire(turn, 'one')
    rig.seconds(2)
    expect(rig.waitsOf('k')).toEqual([
      { kind: 'reply', from: 'a/asked', sinceMs: 3_000 },
      { kind: 'limit', limit: 'one', sinceMs: 2_000 },
    ])
  })

  test('its handler, while that runs', () => {
    const rig = new WatchRig()
    rig.begin(rig.publish('k'))
    rig.seconds(2)
    expect(rig.waitsOf('k')).toEqual([{ kind: 'handler' }])
  })

  test('its next attempt, for as long as the pause lasts', () => {
    const rig = new WatchRig()
    rig.fail(rig.publish('k'), 5_000)
    rig.seconds(2)
    expect(rig.waitsOf('k')).toEqual([{ kind: 'retry', inMs: 3_000 }])
    rig.seconds(3)
    expect(rig.waitsOf('k')).toEqual([{ kind: 'lane', lane: 0, why: 'busy' }])
  })

  test.each<['busy' | 'suspects' | 'starting' | 'draining', (rig: WatchRig) => void]>([
    ['busy', () => {}],
    [
      'suspects',
      (rig) => {
        rig.die(rig.lane(0), 'it died', { kind: 'turns' })
        rig.open(rig.lane(0))
      },
    ],
    ['starting', (rig) => void rig.die(rig.lane(0), 'it died', { kind: 'nobody' })],
    ['draining', (rig) => rig.drain(rig.lane(0))],
  ])('its lane, which says why: %s', (why, happens) => {
    const rig = new WatchRig()
    rig.begin(rig.publish('first'))
    rig.publish('k')
    happens(rig)
    rig.seconds(2)
    expect(rig.waitsOf('k')).toEqual([{ kind: 'lane', lane: 0, why }])
  })
})

describe('a key that keeps a lane to itself', () => {
  /** Two lanes, of which the first has `own` deliveries of one key and `others` of other keys. */
  const hot = (own: number, others = 0) => {
    const rig = new WatchRig({ lanes: 2 })
    const [lane, idle] = rig.lanes
    if (lane === undefined || idle === undefined) throw new Error('there are two lanes')
    rig.end(idle)
    const first = rig.publish('hot')
    for (let more = 1; more < own; more++) rig.publish('hot')
    for (let at = 0; at < others; at++) rig.publish(`other ${at}`)
    rig.open(idle)
    expect([laneOf(first), idle.bound]).toEqual([lane.index, 0])
    return { rig, lane, idle, first }
  }
  const told = (rig: WatchRig) => rig.reported.filter(({ kind }) => kind === 'hot-key')

  test('is reported at the third check, once', () => {
    const { rig } = hot(64)
    rig.seconds(2)
    expect(told(rig)).toEqual([])
    rig.seconds(1)
    const report = { kind: 'hot-key', key: 'hot', lane: 0, inFlight: 64, idleLanes: 1 }
    expect(told(rig)).toEqual([report])
    rig.seconds(10)
    expect(told(rig)).toHaveLength(1)
  })

  test('is not while the lane has less to do, or a fifth of it and more is of others', () => {
    // Other keys are pinned as far as the lane has room for them.
    for (const [own, others, isHot] of [
      [63, 0, false],
      [64, 0, true],
      [52, 12, true],
      [45, 12, false],
    ] as const) {
      const { rig, lane } = hot(own, others)
      expect(lane.bound).toBe(own + others)
      rig.seconds(3)
      expect([own, others, told(rig).length]).toEqual([own, others, isHot ? 1 : 0])
    }
  })

  test('is not while no other lane is idle, and the checks are counted from then on', () => {
    const { rig, idle } = hot(80)
    rig.seconds(2)
    rig.end(idle)
    rig.seconds(1)
    rig.open(idle)
    rig.seconds(2)
    expect(told(rig)).toEqual([])
    rig.seconds(1)
    expect(told(rig)).toHaveLength(1)
  })

  test('is reported again when it has been cool between', () => {
    const { rig, first } = hot(64)
    rig.seconds(3)
    rig.settle(first)
    rig.seconds(1)
    rig.publish('hot')
    rig.seconds(3)
    expect(told(rig)).toHaveLength(2)
  })
})

test('a key of a closure agent, and one that begins like a mark, is reported by its name', () => {
  const rig = new WatchRig()
  for (const [key, isClosure] of [
    ['closed', true],
    ['\0marked', false],
  ] as const) {
    const recipient = { agent: 'a', key, domain: domainOf('a', key, isClosure) }
    rig.deliveries.acceptRequest(originOf(), recipient, undefined)
  }
  rig.seconds(2)
  expect(rig.stalls()).toEqual([['closed', '\0marked']])
})
