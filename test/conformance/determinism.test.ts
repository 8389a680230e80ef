import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import { type Plan, plans } from './plans.ts'
import { play } from './play.ts'
import type { Stage } from './stage.ts'
import { prove, testRuntime } from './test-runtime.ts'

/**
 * A lane's slice of the loop ends by time, after fewer turns on a busy machine. With this clock no
 * slice does.
 */
const STILL: Clock = { ...systemClock, now: () => 0 }

/** What happened, without the marks of the runtime and of the play. */
async function whatHappens(stage: Stage, plan: Plan): Promise<unknown> {
  const { history, records } = await play(stage, plan)
  const text = JSON.stringify([history, records.map(({ kind }) => kind)])
  return JSON.parse(text.replaceAll(/"[0-9a-f]{8}-/g, '"'))
}

testRuntime(
  'determinism',
  (make) => {
    test('determinism: the same calls under the same conditions make the same history', () => {
      const clock = make.kind === 'single' ? { clock: STILL } : {}
      return prove(make, plans(), { deaths: true, fresh: true, ...clock }, async (plan, stage) => {
        const happened = await whatHappens(stage, plan)
        const twin = await stage.another()
        expect(await whatHappens(twin, plan)).toEqual(happened)
        await twin.close()
      })
    })
  },
  { except: { threaded: 'the operating system says which of its threads goes first' } },
)
