/** Which lane a key without a lane goes to, over lanes as plain data (D2). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LaneChannel } from '../../../src/router/fleet/lane-channel.ts'
import { isOpen, isSoonDry, LaneChoice } from '../../../src/router/fleet/lane-choice.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'

/** What the choice knows of a lane. */
interface Seen {
  readonly status: LaneChannel['status']
  readonly hasSuspects: boolean
  readonly computes: boolean
  readonly burden: number
  readonly load: number
  readonly room: number
  readonly keyShare: number
  readonly isSlow: boolean
  readonly heard: number
}

const PLAIN: Seen = {
  status: 'up',
  hasSuspects: false,
  computes: false,
  burden: 0,
  load: 0,
  room: 16,
  keyShare: 4,
  isSlow: false,
  heard: 0,
}

const laneOf = ({ hasSuspects, ...seen }: Seen, index = 0) =>
  ({ ...seen, index, suspects: hasSuspects ? [{} as Delivery] : [] }) as unknown as LaneChannel

/** The indices of the lane that is chosen, and of those that may take a key. */
function choose(...lanes: Partial<Seen>[]) {
  const made = lanes.map((lane, index) => laneOf({ ...PLAIN, ...lane }, index))
  const choice = new LaneChoice(made)
  const takers = made.filter((lane) => choice.mayTake(lane)).map(({ index }) => index)
  const left = made.filter((lane) => choice.isWorthLeaving(lane)).map(({ index }) => index)
  return { best: choice.best()?.index, takers, left }
}

const bestOf = (...lanes: Partial<Seen>[]) => choose(...lanes).best

describe('a key goes', () => {
  test.each<[string, Partial<Seen>, Partial<Seen>]>([
    ['the least work', { burden: 5, load: 1 }, { burden: 4, load: 1, isSlow: true }],
    ['less of it posted, of two with as much work', { burden: 5, load: 1 }, { burden: 5 }],
    ['no long turns, of two with as much posted', { isSlow: true, heard: 9 }, { isSlow: false }],
    ['returned to its event loop last, of two alike', { heard: 1 }, { heard: 2 }],
  ])('to the lane that has %s', (_, worse, better) => {
    expect([bestOf(worse, better), bestOf(better, worse)]).toEqual([1, 0])
  })

  test('to the first of lanes that are all alike', () => {
    expect(bestOf({}, {}, {})).toBe(0)
  })

  test('to a lane with more work where that would soon run dry', () => {
    const dry = { burden: 50, load: 1, room: 3 }
    expect(choose({ burden: 10, load: 10, room: 0 }, dry)).toMatchObject({ best: 1, takers: [1] })
    expect(bestOf({ burden: 10, load: 10, room: 0 }, { ...dry, load: 2 })).toBeUndefined()
  })

  test('nowhere, and waits, where the lane with the least work has no room', () => {
    expect(choose({ burden: 3, load: 3, room: 0 }, { burden: 30, load: 30 }).takers).toEqual([])
  })

  test('to a lane that computes only if all that are open compute, and then to the least of them', () => {
    expect(bestOf({ computes: true }, { burden: 90, load: 90 })).toBe(1)
    expect(bestOf({ computes: true }, { burden: 90, load: 90, room: 0 })).toBeUndefined()
    const [more, less] = [
      { burden: 9, load: 9 },
      { burden: 8, load: 8 },
    ]
    expect(bestOf({ ...more, computes: true }, { ...less, computes: true })).toBe(1)
    expect(bestOf({ computes: true }, { status: 'draining', room: 0 })).toBe(0)
    expect(bestOf({ computes: true }, { hasSuspects: true })).toBe(0)
  })

  test('past lanes that are not open, however little they have to do', () => {
    const busy = { burden: 7, load: 7 }
    for (const status of ['starting', 'draining', 'gone'] as const) {
      expect(choose({ status, room: 0 }, busy)).toMatchObject({ best: 1, takers: [1] })
    }
    expect(choose({ hasSuspects: true }, busy)).toMatchObject({ best: 1, takers: [1] })
    expect(choose({ status: 'gone', room: 0 }, { hasSuspects: true }).best).toBeUndefined()
  })
})

describe('a key with nothing on its lane leaves it', () => {
  test('while the lane computes or is not open, if another open lane does not compute', () => {
    const gone = { status: 'gone', room: 0 } as const
    expect(choose({ computes: true }, {}).left).toEqual([0])
    expect(choose({ hasSuspects: true }, {}, gone).left).toEqual([0, 2])
    expect(choose({ computes: true }, { computes: true }, gone).left).toEqual([])
    expect(choose({ burden: 99, load: 99 }, {}).left).toEqual([])
  })
})

test('a lane is open when it is up and has no suspects, and soon dry below half of a key’s share', () => {
  const are = (lanes: Partial<Seen>[], is: (lane: LaneChannel) => boolean) =>
    lanes.map((lane) => is(laneOf({ ...PLAIN, ...lane })))
  const statuses = (['up', 'starting', 'draining', 'gone'] as const).map((status) => ({ status }))
  expect(are([...statuses, { hasSuspects: true }], isOpen)).toEqual([
    ...[true, false, false, false, false],
  ])
  const loads = [-1, 0, 1, 2, 3].map((load) => ({ load, keyShare: 4 }))
  expect(are(loads, isSoonDry)).toEqual([true, true, true, false, false])
  expect(are([{ load: 2, keyShare: 5 }], isSoonDry)).toEqual([true])
})

test('what is chosen may take the key, and no lane that may is better; and one may where all have room', () => {
  const lane = fc.record({
    status: fc.constantFrom('up' as const, 'up' as const, 'draining' as const, 'gone' as const),
    hasSuspects: fc.boolean(),
    computes: fc.boolean(),
    queued: fc.nat(3),
    load: fc.nat(4),
    credit: fc.integer({ min: 1, max: 4 }),
    isSlow: fc.boolean(),
    heard: fc.nat(3),
  })
  const rank = ({ burden, load, isSlow, heard }: Seen) => [burden, load, isSlow ? 1 : 0, -heard]
  const isBefore = (one: Seen, other: Seen) => {
    const [left, right] = [rank(one), rank(other)]
    const at = left.findIndex((value, index) => value !== right[index])
    return at !== -1 && (left[at] as number) < (right[at] as number)
  }
  fc.assert(
    fc.property(fc.array(lane, { minLength: 1, maxLength: 4 }), (given) => {
      const lanes = given.map(({ queued, credit, ...rest }) => {
        const room = rest.status === 'up' ? credit - rest.load : 0
        return { ...rest, burden: rest.load + queued, room, keyShare: 2 }
      })
      const { best, takers } = choose(...lanes)
      expect(best === undefined).toBe(takers.length === 0)
      const at = (index: number) => lanes[index] as Seen
      if (best !== undefined) {
        expect(takers).toContain(best)
        expect(takers.filter((index) => isBefore(at(index), at(best)))).toEqual([])
      }
      const open = lanes.filter(({ status, hasSuspects }) => status === 'up' && !hasSuspects)
      const calm = open.filter(({ computes }) => !computes)
      const eligible = calm.length > 0 ? calm : open
      for (const index of takers) expect(eligible).toContain(at(index))
      if (eligible.length > 0 && eligible.every(({ room }) => room > 0)) {
        expect(best).toBeDefined()
        const least = Math.min(...eligible.map(({ burden }) => burden))
        expect(at(best as number).burden).toBe(least)
      }
    }),
    { numRuns: 500 },
  )
})
