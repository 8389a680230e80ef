/** What a lane's death does to each of its deliveries (D6). */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HeddleError } from '../../../src/errors.ts'
import type { Blame, Toll } from '../../../src/router/fleet/blame.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { Tasks } from '../../../src/router/ledger/task.ts'
import { DeliveryRig, nameOf } from '../../fixtures/delivery-rig.ts'

const CAUSE = new Error('the lane died')

/** One delivery on a lane that dies. */
interface Case {
  /** `posted`: its turn has not begun. `waiting`: its turn waits for an answer. */
  readonly turn: 'posted' | 'running' | 'waiting'
  readonly cancelled: boolean
  /** The earlier deaths of its lanes: none, one as a suspect, or one that its code had caused. */
  readonly before: 'nothing' | 'suspected' | 'caused'
}

/** The index of the culprit, or what else the death is blamed on. */
type Cause = number | Exclude<Blame['kind'], 'turn'>

const TURNS = ['posted', 'running', 'waiting'] as const
const BEFORE = ['nothing', 'suspected', 'caused'] as const
const CASES: readonly Case[] = TURNS.flatMap((turn) =>
  [false, true].flatMap((cancelled) => BEFORE.map((before) => ({ turn, cancelled, before }))),
)

const keyAt = (at: number) => `k${at}`

/** What is left of each delivery, of the suspects of its lane, and of the death's cost. */
interface Left {
  readonly deliveries: readonly {
    readonly end: string | undefined
    readonly attempt: number
    readonly deaths: number
    readonly caused: number
  }[]
  readonly suspects: readonly string[]
  readonly blamed: readonly string[]
  readonly culprit: string | undefined
  readonly toll: Toll
}

/** `asks`: the first waits for an answer of the second, if it waits at all. */
function recovered(cases: readonly Case[], cause: Cause, asks: boolean): Left {
  const rig = new DeliveryRig()
  const lane = rig.lane(0)
  const all: Delivery[] = []
  for (const [at, { turn }] of cases.entries()) {
    const asking = asks && at === 1 && cases[0]?.turn === 'waiting' ? all[0] : undefined
    const delivery = asking ? rig.ask(asking, keyAt(at)).asked : rig.publish(keyAt(at))
    all.push(delivery)
    if (turn !== 'posted') rig.begin(delivery)
  }
  for (const [at, { turn }] of cases.entries()) {
    const delivery = all[at] as Delivery
    if (turn === 'waiting' && !(asks && at === 0)) rig.ask(delivery, `answers ${keyAt(at)}`)
  }
  for (const [at, { before, cancelled }] of cases.entries()) {
    const delivery = all[at] as Delivery
    if (before !== 'nothing') rig.noteDeath(delivery, before === 'caused')
    if (cancelled) rig.cancel(delivery)
  }
  const culprit = typeof cause === 'number' ? all[cause] : undefined
  const blame: Blame =
    typeof cause === 'number' ? { kind: 'turn', slot: (culprit as Delivery).slot } : { kind: cause }
  const { suspects, toll, ...rest } = rig.die(lane, CAUSE, blame)
  return {
    deliveries: all.map((delivery) => ({
      end: rig.endOf(delivery),
      attempt: delivery.attempt,
      deaths: delivery.incidents?.deaths ?? 0,
      caused: delivery.incidents?.caused ?? 0,
    })),
    suspects: lane.suspects.map(({ key }) => key),
    blamed: suspects.map(({ key }) => key),
    culprit: rest.culprit?.key,
    toll,
  }
}

/** The same, from the words of the contract. */
function expected(cases: readonly Case[], cause: Cause, asks: boolean): Left {
  const indices = [...cases.keys()]
  const hasBegun = (at: number) => cases[at]?.turn !== 'posted' || at === cause
  const isBlamed = (at: number) => (cause === 'turns' ? hasBegun(at) : at === cause)
  const deaths = (at: number) => (cases[at]?.before === 'nothing' ? 0 : 1) + (isBlamed(at) ? 1 : 0)
  const caused = (at: number) => (cases[at]?.before === 'caused' ? 1 : 0) + (at === cause ? 1 : 0)
  const isAskedBy = (at: number, other: number) =>
    asks && other === 0 && at === 1 && cases[0]?.turn === 'waiting'
  /** No turn was there that it had not asked itself. */
  const isAlone = (at: number) =>
    indices.every((other) => other === at || !hasBegun(other) || isAskedBy(other, at))
  const isPoison = (at: number) => {
    if (cases[at]?.cancelled || !isBlamed(at)) return false
    return cause === 'turns' ? isAlone(at) && deaths(at) === 2 : caused(at) === 2
  }
  const suspects = indices.filter((at) => {
    return cause === 'turns' && isBlamed(at) && !cases[at]?.cancelled && !isPoison(at)
  })
  const waits = (at: number) => cases[at]?.turn === 'waiting'
  const poison = indices.some(isPoison)
  return {
    deliveries: cases.map(({ cancelled, before }, at) => ({
      end: cancelled ? 'ended' : isPoison(at) ? 'poison' : undefined,
      attempt: 1 + (before === 'nothing' ? 0 : 1) + (hasBegun(at) ? 1 : 0),
      deaths: deaths(at),
      caused: caused(at),
    })),
    suspects: [...suspects.filter((at) => !waits(at)), ...suspects.filter((at) => waits(at))].map(
      keyAt,
    ),
    blamed: indices.filter(isBlamed).map(keyAt),
    culprit: typeof cause === 'number' ? keyAt(cause) : undefined,
    toll:
      typeof cause === 'number' || cause === 'past-turn'
        ? 'attributed'
        : poison
          ? 'condemned'
          : suspects.length > 0
            ? 'suspected'
            : 'unexplained',
  }
}

const causesFor = (count: number): Cause[] => [
  ...['past-turn' as const, 'turns' as const, 'nobody' as const],
  ...Array.from({ length: count }, (_, at) => at),
]

function check(cases: readonly Case[], cause: Cause, asks: boolean): void {
  const [left, wanted] = [recovered(cases, cause, asks), expected(cases, cause, asks)]
  if (isDeepStrictEqual(left, wanted)) return // much faster than a matcher, in thousands of cases
  const asking = asks ? ', and the first asks the second' : ''
  expect(left, `${JSON.stringify(cases)}, ${cause}${asking}`).toEqual(wanted)
}

describe('after a death, each delivery has what the contract says', () => {
  test('where one was on the lane, in all cases', () => {
    for (const one of CASES) for (const cause of causesFor(1)) check([one], cause, false)
  })

  test.each(TURNS)('where two were on the lane, in all cases: the first is %s', (turn) => {
    for (const first of CASES.filter((one) => one.turn === turn)) {
      for (const second of CASES) {
        for (const asks of turn === 'waiting' ? [false, true] : [false]) {
          for (const cause of causesFor(2)) check([first, second], cause, asks)
        }
      }
    }
  })

  test('where up to six were on the lane', () => {
    const cases = fc.array(fc.constantFrom(...CASES), { minLength: 3, maxLength: 6 })
    const given = cases.chain((made) => {
      return fc.tuple(
        fc.constant(made),
        fc.oneof(
          { weight: 3, arbitrary: fc.constant('turns' as const) },
          { weight: 1, arbitrary: fc.constantFrom(...causesFor(made.length)) },
        ),
        fc.boolean(),
      )
    })
    fc.assert(
      fc.property(given, ([made, cause, asks]) => check(made, cause, asks)),
      { numRuns: 500 },
    )
  })
})

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

describe('what a lost attempt leaves', () => {
  test('is no event, no permit and no wait, but the requests that its turn has sent', () => {
    const events: string[] = []
    const watcher = { event: ({ kind }: { kind: string }) => events.push(kind), ended: () => {} }
    const rig = new DeliveryRig({ limits: { one: 1 } })
    const lane = rig.lane(0)
    const task = new Tasks().create(watcher)
    const [turn, cancelled] = [rig.publish('k', [], { task }), rig.publish('c', [], { task })]
    rig.publish('silent', [], { task })
    for (const delivery of [turn, cancelled]) {
      rig.begin(delivery)
      rig.emit(delivery)
    }
    rig.acquire(turn, 'one')
    const { asked } = rig.ask(turn, 'asked')
    rig.cancel(cancelled)
    rig.die(lane, CAUSE, { kind: 'turns' })
    expect(events).toEqual(['retracted', 'retracted'])
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
      // With company, then known, then with company as it is not suspected any more, then alone.
      expect(deaths).toBeLessThanOrEqual(4 * killers.length)
    }),
    { numRuns: 300 },
  )
})
