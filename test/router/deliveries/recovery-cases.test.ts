/** What a death leaves of each delivery, in all cases of a few on one lane (D6). */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Blame, Toll } from '../../../src/router/fleet/blame.ts'
import type { Delivery } from '../../../src/router/ledger/delivery.ts'
import { DeliveryRig } from '../../fixtures/delivery-rig.ts'

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
