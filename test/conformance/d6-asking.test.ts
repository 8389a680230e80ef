import fc from 'fast-check'
import { test } from 'vitest'
import type { Op } from '../fixtures/script.ts'
import { struckPlans } from './deadly-plans.ts'
import { judgeAnswers, judgeState } from './judge-effects.ts'
import { judgeSerial } from './judge-order.ts'
import type { Plan } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

interface Asking {
  readonly topic: string
  readonly key: number
  readonly asks: boolean
  readonly by: number
}

/**
 * Turns that send requests to later keys, whose turns do the same. When a lane dies, many of these
 * turns are waiting, some of them as suspects.
 */
const asking: fc.Arbitrary<Asking[]> = fc.array(
  fc.record({
    topic: fc.constantFrom('a', 'ab', 'abc'),
    key: fc.integer({ min: 1, max: 3 }),
    asks: fc.boolean(),
    by: fc.integer({ min: 1, max: 2 }),
  }),
  { minLength: 3, maxLength: 8, size: 'max' },
)

function planOf(asked: readonly Asking[]): Plan {
  return asked.map(({ topic, key, asks, by }, at) => {
    const label = String(at + 1)
    const add: Op = { op: 'add', n: 1 }
    const to = `b/k${key + by}`
    const ask: Op = {
      op: 'ask',
      to,
      when: 'now',
      caught: false,
      label: `${label}.1`,
      script: [add],
    }
    return { kind: 'publish', to: `${topic}/k${key}`, label, script: asks ? [ask] : [add] }
  })
}

testRuntime(
  'D6',
  (make) => {
    const isThreaded = make.kind === 'threaded'
    const given = asking.map(planOf)
    const deadly = isThreaded ? struckPlans(given) : given
    const options = { deaths: true, share: isThreaded ? 0.4 : 6 }

    test('D6 turns that ask, and run again one at a time, get their answers', () =>
      prove(make, deadly, options, async (plan, stage) => {
        const played = await play(stage, plan)
        judgeAnswers(played)
        judgeSerial(played)
        judgeState(played)
      }))
  },
  { except: { single: 'it has no lane that could die' } },
)
