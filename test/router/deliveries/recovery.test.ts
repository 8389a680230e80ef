/** What a lane's death does to each of its deliveries (D6). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HeddleError } from '../../../src/errors.ts'
import type { Blame } from '../../../src/router/fleet/blame.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { Tasks } from '../../../src/router/ledger/task.ts'
import { DeliveryRig, nameOf } from '../../fixtures/delivery-rig.ts'

const CAUSE = new Error('the lane died')

describe('what goes back', () => {
  test('is in the order of acceptance, ahead of what waited, and without what has ended', () => {
    const rig = new DeliveryRig()
    const lane = rig.lane(0)
    const all = Array.from({ length: lane.keyShare + 2 }, () => rig.publish('one'))
    const [first, second] = all as [Delivery, Delivery]
    rig.begin(first)
    rig.cancel(second)
    const { unsettled } = rig.die(lane, CAUSE, { kind: 'nobody' })
    expect(unsettled).toEqual(all.slice(0, lane.keyShare))
    rig.open(lane)
    expect(rig.playAll(lane)).toEqual(all.filter((delivery) => delivery !== second))
  })

  test('runs again one after the other where it may have ended the lane, those that waited last', () => {
    const rig = new DeliveryRig()
    const lane = rig.lane(0)
    const [posted, waiting, running, other] = ['posted', 'waiting', 'running', 'other'].map((key) =>
      rig.publish(key),
    ) as [Delivery, Delivery, Delivery, Delivery]
    for (const turn of [waiting, running, other]) rig.begin(turn)
    const { asked } = rig.ask(waiting, 'asked')
    rig.die(lane, CAUSE, { kind: 'turns' })
    rig.open(lane)
    const rounds: Delivery[][] = []
    for (let round = rig.playRound(lane); round.length > 0; round = rig.playRound(lane)) {
      rounds.push(round)
    }
    // A request of the turn that is alone is let in beside it.
    expect(rounds.map((round) => round.map(({ key }) => key))).toEqual([
      ['running'],
      ['other'],
      ['waiting', 'asked'],
      ['posted'],
    ])
    expect([posted, asked].map(({ attempt }) => attempt)).toEqual([1, 1])
  })

  test('goes last where its own code is known to have ended the lane', () => {
    const rig = new DeliveryRig()
    const lane = rig.lane(0)
    const all = ['guilty', 'one', 'two'].map((key) => rig.publish(key))
    const guilty = all[0] as Delivery
    rig.begin(guilty)
    rig.die(lane, CAUSE, { kind: 'turn', slot: guilty.slot })
    rig.open(lane)
    const again = rig.playAll(lane)
    expect(again.map(({ key }) => key)).toEqual(['one', 'two', 'guilty'])
  })

  test('does not hold what was posted to other lanes, or waits', () => {
    const rig = new DeliveryRig({ lanes: 2 })
    const [here, there] = [rig.publish('here'), rig.publish('there')]
    const lane = rig.lane(here.home?.lane as number)
    const { unsettled } = rig.die(lane, CAUSE, { kind: 'nobody' })
    expect(unsettled).toEqual([here])
    expect([here.state, there.state, there.attempt]).toEqual(['waiting', 'posted', 1])
  })

  test('has ended where its time to live was over before its turn began', () => {
    const rig = new DeliveryRig()
    const ttl = { ttlMs: 50 }
    const [posted, begun, alive, cancelled] = [
      ...[rig.publish('posted', [], ttl), rig.publish('begun', [], ttl)],
      ...[rig.publish('alive', [], { ttlMs: 51 }), rig.publish('cancelled', [], ttl)],
    ] as [Delivery, Delivery, Delivery, Delivery]
    rig.begin(begun)
    rig.clock.advance(50)
    rig.cancel(cancelled)
    rig.die(rig.lane(0), CAUSE, { kind: 'turns' })
    expect([posted, begun, alive, cancelled].map((one) => rig.endOf(one))).toEqual([
      ...['expired', undefined, undefined, 'ended'],
    ])
  })
})

describe('earlier suspects', () => {
  /** Three suspects, of which the first runs alone. */
  const suspected = () => {
    const rig = new DeliveryRig()
    const lane = rig.lane(0)
    const all = ['a', 'b', 'c'].map((key) => rig.publish(key))
    for (const turn of all) rig.begin(turn)
    rig.die(lane, CAUSE, { kind: 'turns' })
    rig.open(lane)
    rig.placement.fill()
    const [alone] = all as [Delivery]
    rig.begin(alone)
    return { rig, lane, alone, suspects: () => lane.suspects.map(({ key }) => key) }
  }

  test('stay when the one that was alone is found to have ended the lane', () => {
    const { rig, lane, alone, suspects } = suspected()
    expect(rig.die(lane, CAUSE, { kind: 'turns' }).toll).toBe('condemned')
    expect([suspects(), rig.endOf(alone)]).toEqual([['b', 'c'], 'poison'])
  })

  test('stay, with the one that was alone, when the death is nobody’s fault', () => {
    const { rig, lane, alone, suspects } = suspected()
    rig.die(lane, CAUSE, { kind: 'nobody' })
    expect([suspects(), alone.incidents?.deaths]).toEqual([['a', 'b', 'c'], 1])
  })

  test('stay without the one whose code is known to have ended the lane', () => {
    const { rig, lane, alone, suspects } = suspected()
    rig.die(lane, CAUSE, { kind: 'turn', slot: alone.slot })
    expect([suspects(), rig.endOf(alone)]).toEqual([['b', 'c'], undefined])
  })

  test('stay without those that have ended, and a turn that had company is not given up', () => {
    const { rig, lane, alone, suspects } = suspected()
    const [, , last] = lane.suspects as [Delivery, Delivery, Delivery]
    rig.cancel(last)
    const { asked } = rig.ask(alone, 'asked')
    const beside = rig.publish('beside', ['other/elsewhere'])
    rig.placement.fill()
    expect([asked.state, beside.state]).toEqual(['posted', 'posted'])
    for (const turn of [asked, beside]) rig.begin(turn)
    expect(rig.die(lane, CAUSE, { kind: 'turns' }).toll).toBe('suspected')
    expect(suspects()).toEqual(['asked', 'beside', 'a', 'b'])
  })

  test('are not given up where a turn that was cancelled, and had not stopped, was company', () => {
    const { rig, lane, alone, suspects } = suspected()
    rig.ask(alone, 'asked')
    const beside = rig.publish('beside', ['other/elsewhere'])
    rig.placement.fill()
    rig.begin(beside)
    rig.cancel(beside)
    rig.die(lane, CAUSE, { kind: 'turns' })
    expect([rig.endOf(alone), suspects()]).toEqual([undefined, ['a', 'b', 'c']])
  })
})

describe('a lost attempt', () => {
  test('leaves no event, permit or wait behind, but the requests that its turn has sent', () => {
    const events: string[] = []
    const watcher = { event: ({ kind }: { kind: string }) => events.push(kind), ended: () => {} }
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const lane = rig.lane(0)
    const task = new Tasks().create(watcher)
    const [turn, cancelled] = [rig.publish('k', [], { task }), rig.publish('c', [], { task })]
    rig.publish('silent', [], { task })
    // its turn has begun, and the lane had no cell for it
    rig.emit(rig.publish('unseen', [], { task }))
    for (const delivery of [turn, cancelled]) {
      rig.begin(delivery)
      rig.emit(delivery)
    }
    rig.acquire(turn, 'one')
    const { asked } = rig.ask(turn, 'asked')
    rig.cancel(cancelled)
    rig.die(lane, CAUSE, { kind: 'turns' })
    expect(events).toEqual(['retracted', 'retracted', 'retracted'])
    expect([turn.permits?.size ?? 0, turn.home?.waits, lane.asking.size]).toEqual([0, undefined, 0])
    expect([...(turn.asks?.values() ?? [])].map(({ delivery }) => delivery)).toEqual([asked])
    const other = rig.publish('other')
    rig.open(lane)
    rig.playRound(lane)
    rig.placement.fill()
    rig.acquire(other, 'one')
    expect(lane.permits.size).toBe(1)
  })

  test('is in its history, with the error of the death', () => {
    const rig = new DeliveryRig()
    const [turn, posted] = [rig.publish('k'), rig.publish('other')]
    rig.begin(turn)
    rig.clock.advance(5)
    rig.die(rig.lane(0), CAUSE, { kind: 'turns' })
    expect(turn.incidents?.history).toMatchObject([
      { attempt: 1, kind: 'lane-died', at: 5, error: { message: 'the lane died' } },
    ])
    expect(posted.incidents).toBeUndefined()
  })
})

describe('a turn that is given up', () => {
  const givenUp = (cause: Error, caller: readonly string[] = []) => {
    const rig = new DeliveryRig()
    const turn = rig.publish('k', caller)
    for (let deaths = 0; deaths < 2; deaths++) {
      rig.begin(turn)
      rig.die(rig.lane(0), cause, { kind: 'turn', slot: turn.slot })
      rig.open(rig.lane(0))
      rig.placement.fill()
    }
    return rig.deadLetters.list()
  }

  test('has an error that says how often its lane died', () => {
    const error = { code: 'HEDDLE_POISON', fields: { agent: 'a/k', message: 'note', deaths: 2 } }
    expect(givenUp(CAUSE)).toMatchObject([{ reason: { kind: 'poison', error }, attempts: 3 }])
  })

  test('has failed by its limit where it blocked the thread', () => {
    const fields = { lane: 0, silentMs: 1_000, turns: [] }
    const error = { code: 'HEDDLE_TURN_TIMEOUT', fields: { agent: 'a/k', limitMs: 700 } }
    expect(givenUp(new HeddleError('HEDDLE_LANE_HUNG', fields))).toMatchObject([
      { reason: { kind: 'failed', error } },
    ])
  })
})

test('with no lane left, nothing stays in flight, wherever it was', () => {
  const rig = new DeliveryRig()
  const many = Array.from({ length: 40 }, (_, at) => rig.publish(`k${at}`))
  expect(new Set(many.map(({ state }) => state))).toEqual(new Set(['posted', 'waiting']))
  rig.recovery.noLaneLeft('it is over')
  expect(rig.ledger.counts).toMatchObject({ deadLettered: 40, inFlight: 0 })
  const reason = { kind: 'no-lane', error: { code: 'HEDDLE_NO_LANES' } }
  expect(rig.deadLetters.list().filter((letter) => letter.reason.kind !== 'no-lane')).toEqual([])
  expect(rig.deadLetters.list()[0]).toMatchObject({ reason })
})

test('a turn that ends its lane every time is given up, and no other turn is', () => {
  const turn = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), kills: fc.boolean() })
  const given = fc.tuple(
    fc.array(turn, { minLength: 1, maxLength: 8 }),
    fc.infiniteStream(fc.boolean()),
  )
  fc.assert(
    fc.property(given, ([turns, known]) => {
      const rig = new DeliveryRig()
      const lane = rig.lane(0)
      const all = turns.map(({ key, kills }) => ({ delivery: rig.publish(key), kills }))
      const killers = all.filter(({ kills }) => kills).map(({ delivery }) => delivery)
      let deaths = 0
      while (rig.ledger.inFlight > 0) {
        rig.placement.fill()
        const posted = rig.ledger.live().filter(({ state }) => state === 'posted')
        expect(posted).not.toEqual([])
        const heads = new Map(posted.toReversed().map((one) => [one.home, one] as const))
        const begun = [...heads.values()]
        for (const delivery of begun) rig.begin(delivery)
        const killer = begun.find((delivery) => killers.includes(delivery))
        if (killer === undefined) {
          for (const delivery of begun) rig.settle(delivery)
          continue
        }
        deaths++
        const isKnown = known.next().value
        const blame: Blame = isKnown ? { kind: 'turn', slot: killer.slot } : { kind: 'turns' }
        rig.die(lane, CAUSE, blame)
        rig.open(lane)
      }
      const poison = all.filter(({ delivery }) => rig.endOf(delivery) === 'poison')
      expect(poison.map(({ delivery }) => nameOf(delivery))).toEqual(killers.map(nameOf))
      // With company, then known, then with company since it is no longer a suspect, then alone.
      expect(deaths).toBeLessThanOrEqual(4 * killers.length)
    }),
    { numRuns: 300 },
  )
})
