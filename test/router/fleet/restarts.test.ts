/** How often a lane may die, and how soon it is replaced (D6). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Toll } from '../../../src/router/fleet/blame.ts'
import { LaneChannel } from '../../../src/router/fleet/lane-channel.ts'
import { type RestartBudget, Restarts } from '../../../src/router/fleet/restarts.ts'
import { ManualClock } from '../../fixtures/manual-clock.ts'

const TOLLS = ['attributed', 'condemned', 'suspected', 'unexplained'] as const

function rig(budget: RestartBudget = { max: 100, withinMs: 60_000 }) {
  const clock = new ManualClock()
  clock.advance(1_000_000)
  const restarts = new Restarts(clock, budget)
  const lane = new LaneChannel(0, false)
  const die = (toll: Toll, settled = false) => restarts.after(lane, toll, settled)
  /** The pause before the replacement; undefined: there is none. */
  const pauseAfter = (toll: Toll, settled = false) => {
    const next = die(toll, settled)
    return next.kind === 'replace' ? next.pauseMs : undefined
  }
  return { clock, restarts, lane, die, pauseAfter }
}

describe('the budget', () => {
  test('counts deaths of whose cause no turn was found, and gives up past its maximum', () => {
    const { die } = rig({ max: 2, withinMs: 1_000 })
    expect(die('unexplained').kind).toBe('replace')
    expect(die('suspected').kind).toBe('replace')
    expect(die('unexplained')).toEqual({ kind: 'give-up', deaths: 3 })
  })

  test('counts within its time alone', () => {
    const { die, clock } = rig({ max: 1, withinMs: 1_000 })
    die('unexplained')
    clock.advance(1_001)
    expect(die('unexplained').kind).toBe('replace')
    clock.advance(1_000)
    expect(die('unexplained')).toEqual({ kind: 'give-up', deaths: 2 })
  })

  test('of nothing gives up at the first death', () => {
    expect(rig({ max: 0, withinMs: 1_000 }).die('unexplained').kind).toBe('give-up')
  })

  test('forgets the death at which a turn was suspected once it is condemned', () => {
    const { die } = rig({ max: 1, withinMs: 1_000 })
    for (let pairs = 0; pairs < 10; pairs++) {
      expect(die('suspected').kind).toBe('replace')
      expect(die('condemned').kind).toBe('replace')
    }
    die('unexplained')
    expect(die('unexplained').kind).toBe('give-up')
  })

  test('of one lane is not that of another, and begins again for a lane that is opened again', () => {
    const { die, restarts, lane } = rig({ max: 1, withinMs: 1_000 })
    die('unexplained')
    expect(restarts.after(new LaneChannel(1, false), 'unexplained', false).kind).toBe('replace')
    expect(die('unexplained').kind).toBe('give-up')
    restarts.forget(lane)
    expect(die('unexplained').kind).toBe('replace')
  })

  test('is what a count over all deaths gives, whatever they cost', () => {
    const death = fc.record({ toll: fc.constantFrom(...TOLLS), afterMs: fc.nat(700) })
    const given = fc.tuple(fc.nat(4), fc.array(death, { maxLength: 30 }))
    fc.assert(
      fc.property(given, ([max, deaths]) => {
        const { die, clock } = rig({ max, withinMs: 1_000 })
        let counted: number[] = []
        for (const { toll, afterMs } of deaths) {
          clock.advance(afterMs)
          const now = clock.now()
          counted = counted.filter((at) => now - at <= 1_000)
          if (toll === 'condemned') counted.pop()
          if (toll === 'suspected' || toll === 'unexplained') counted.push(now)
          const next = die(toll)
          if (counted.length <= max) expect(next.kind).toBe('replace')
          else expect(next).toEqual({ kind: 'give-up', deaths: counted.length })
        }
      }),
    )
  })
})

describe('the pause before a replacement', () => {
  test('doubles with each death in a row at which nothing was settled, up to five seconds', () => {
    const { pauseAfter } = rig()
    const pauses = Array.from({ length: 10 }, () => pauseAfter('unexplained'))
    expect(pauses).toEqual([0, 50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
  })

  test.each<[string, Toll, boolean]>([
    ['that has settled something', 'unexplained', true],
    ['that a turn has caused', 'attributed', false],
    ['with suspects', 'suspected', false],
  ])('begins again after a death %s', (_, toll, settled) => {
    const { pauseAfter } = rig()
    for (let deaths = 0; deaths < 4; deaths++) pauseAfter('unexplained')
    pauseAfter(toll, settled)
    expect([pauseAfter('unexplained'), pauseAfter('unexplained')]).toEqual([0, 50])
  })

  test.each(['attributed', 'condemned', 'suspected'] as const)(
    'grows with each death in a row that turns have caused, up to a quarter of a second: %s',
    (toll) => {
      const { pauseAfter, clock } = rig()
      const pauses = Array.from({ length: 70 }, () => pauseAfter(toll, true))
      expect(pauses.slice(0, 4)).toEqual([0, 4, 8, 12])
      expect(pauses.slice(-7)).toEqual([250, 250, 250, 250, 250, 250, 250])
      clock.advance(10_000)
      expect(pauseAfter(toll)).toBe(250)
      clock.advance(10_001)
      expect([pauseAfter(toll), pauseAfter(toll)]).toEqual([0, 4])
    },
  )
})
