import fc from 'fast-check'
import { test } from 'vitest'
import { judgeAnswers, judgeState } from './judge-effects.ts'
import { judgeSerial } from './judge-order.ts'
import type { Plan } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

/**
 * Turns that send requests to later keys, whose turns do the same. When a lane dies, many of these
 * turns are waiting, some of them as suspects.
 */
const asking = fc.array(
  fc.record({
    topic: fc.constantFrom('a', 'ab', 'abc'),
    key: fc.integer({ min: 1, max: 3 }),
    asks: fc.boolean(),
    by: fc.integer({ min: 1, max: 2 }),
  }),
  { minLength: 3, maxLength: 8, size: 'max' },
)

testRuntime(
  'D6',
  (make) => {
    test('D6 turns that ask, and run again one at a time, get their answers', () =>
      prove(make, asking, { deaths: true, share: 6 }, async (given, stage) => {
        const plan = given.map(({ topic, key, asks, by }, at): Plan[number] => {
          const label = String(at + 1)
          const to = `b/k${key + by}`
          const script = [{ op: 'add', n: 1 } as const]
          const ask = {
            op: 'ask',
            to,
            when: 'now',
            caught: false,
            label: `${label}.1`,
            script,
          } as const
          return { kind: 'publish', to: `${topic}/k${key}`, label, script: asks ? [ask] : script }
        })
        const played = await play(stage, plan)
        judgeAnswers(played)
        judgeSerial(played)
        judgeState(played)
      }))
  },
  ['simulated'],
)
