/** Which turns are asked to stop and given up, and which turns a look of the watch looks at. */
import { expect, test } from 'vitest'
import type { AgentMetadata } from '../../../src/agents/agent-metadata.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { AgentDirectory } from '../../../src/router/routing/agent-directory.ts'
import { TurnWatch } from '../../../src/router/watches/turn-watch.ts'
import { DeliveryRig } from '../../fixtures/delivery-rig.ts'

class WatchRig extends DeliveryRig {
  readonly #watch: TurnWatch

  constructor(limits: { readonly own?: number } = {}) {
    super()
    const agents = new AgentDirectory()
    const metadata = { type: 'a', kind: 'module', messages: [], requests: [] }
    agents.add({ ...metadata, turnTimeoutMs: limits.own } as unknown as AgentMetadata)
    this.#watch = new TurnWatch(this.ledger, agents, { turnTimeoutMs: 1_000, turnGraceMs: 300 })
  }

  /** Begins a turn for each of so many keys. */
  beginAll(count: number): Delivery[] {
    return Array.from({ length: count }, (_, at) => {
      const turn = this.publish(`k${at}`)
      this.placement.fill()
      this.begin(turn)
      const { counters } = this.lane(0).handle ?? {}
      if (counters !== undefined) counters.waiting = at + 1 // so the lane has room for more
      return turn
    })
  }

  /** What is asked of the lane's turns by the next looks, by sequence. */
  look(times = 1): { overdue: number[]; given: number[]; lost: number } {
    const lane = this.lane(0)
    lane.flush()
    this.posted[0]?.splice(0)
    let lost: string[] = []
    for (let look = 0; look < times; look++) lost = this.#watch.look(lane)
    const overdue: number[] = []
    const given: number[] = []
    for (const record of this.posted[0]?.splice(0) ?? []) {
      if (record.kind === 'overdue') overdue.push(...record.sequences)
      if (record.kind === 'give-up') given.push(...record.sequences)
    }
    return { overdue, given, lost: lost.length }
  }

  /** The lane's turn has ended, and is to be tried again. */
  pauses({ slot }: Delivery): void {
    const { counters } = this.lane(0).handle ?? {}
    counters?.end(slot)
    counters?.free(slot)
  }
}

const nothing = { overdue: [], given: [], lost: 0 }

test('of thousands of turns each is asked to stop at its limit, and given up after the grace', () => {
  const rig = new WatchRig()
  const turns = rig.beginAll(6_000)
  const all = turns.map(({ sequence }) => sequence)
  expect(turns.filter(({ state }) => state !== 'posted')).toEqual([])
  expect(rig.look(10)).toEqual(nothing)
  expect(rig.look()).toEqual({ overdue: all, given: [], lost: 0 })
  expect(rig.look(2)).toEqual(nothing)
  expect(rig.look()).toEqual({ overdue: [], given: all, lost: 6_000 })
  expect(rig.look()).toEqual({ overdue: [], given: [], lost: 6_000 })
})

test('a turn has the limit of its agent, from its own start', () => {
  const rig = new WatchRig({ own: 250 })
  const [first] = rig.beginAll(1)
  rig.look(2)
  const second = rig.publish('later')
  rig.begin(second)
  expect(rig.look()).toEqual(nothing)
  expect(rig.look()).toEqual({ overdue: [first?.sequence], given: [], lost: 0 })
  expect(rig.look()).toEqual(nothing)
  expect(rig.look().overdue).toEqual([second.sequence])
})

test('a look looks at turns that have begun since the last one, and then not before they are due', () => {
  const rig = new WatchRig()
  const turns = rig.beginAll(5_000)
  const lane = rig.lane(0)
  const seen = (): number => {
    const found = lane.look()
    for (const delivery of found) lane.due.put(delivery, lane.due.looks + 10)
    return found.length
  }
  const looks = Array.from({ length: 22 }, seen)
  expect(looks.flatMap((count, at) => (count === 0 ? [] : [[at, count]]))).toEqual([
    [0, 5_000],
    [10, 5_000],
    [20, 5_000],
  ])
  for (const turn of turns) rig.settle(turn)
  expect(Array.from({ length: 22 }, seen).filter((count) => count > 0)).toEqual([])
})

test.each([
  ['holds the thread since it began', true],
  ['holds the thread after it has awaited something', false],
])('a turn that %s has its limit, though the one before it is not reported', (_, isCurrent) => {
  const rig = new WatchRig()
  const [first, second] = [rig.publish('k'), rig.publish('k')] as const
  const { counters } = rig.lane(0).handle ?? {}
  rig.begin(first)
  expect(rig.look()).toEqual(nothing)
  counters?.end(first.slot)
  rig.begin(second)
  if (isCurrent) counters?.enter(second.slot)
  const looks = Array.from({ length: 25 }, () => rig.look())
  const found = looks.flatMap(({ overdue }, at) => (overdue.length > 0 ? [[at, overdue]] : []))
  expect(found).toEqual([[10, [second.sequence]]])
})

test('a turn that is tried again has its limit anew', () => {
  const rig = new WatchRig()
  const [turn] = rig.beginAll(1) as [Delivery]
  expect(rig.look(6)).toEqual(nothing)
  rig.pauses(turn)
  expect(rig.look(20)).toEqual(nothing)
  rig.begin(turn)
  expect(rig.look(10)).toEqual(nothing)
  expect(rig.look().overdue).toEqual([turn.sequence])
})

test('a turn that was asked to stop and is tried again is asked again', () => {
  const rig = new WatchRig()
  const [turn] = rig.beginAll(1) as [Delivery]
  expect(rig.look(11).overdue).toEqual([turn.sequence])
  rig.pauses(turn)
  rig.begin(turn)
  expect(rig.look(10)).toEqual(nothing)
  expect(rig.look(1).overdue).toEqual([turn.sequence])
})

test('a cancelled turn that does not end is given up after the grace, whatever its limit', () => {
  const rig = new WatchRig()
  const [one, other] = rig.beginAll(2) as [Delivery, Delivery]
  rig.look(2)
  rig.cancel(one)
  rig.lane(0).cancel(one)
  expect(rig.look(3)).toEqual(nothing)
  expect(rig.look()).toEqual({ overdue: [], given: [one.sequence], lost: 1 })
  rig.settle(one)
  expect(rig.look()).toEqual(nothing)
  expect(rig.look(5).overdue).toEqual([other.sequence])
})
