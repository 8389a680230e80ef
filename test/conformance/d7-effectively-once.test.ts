import { expect, test } from 'vitest'
import { deadlyPlans } from './deadly-plans.ts'
import { type Call, rootOf } from './history.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

/** What an idempotency key identifies: one turn, or one nested request of it, over all attempts. */
function effectOf(call: Call): string {
  return `${call.label} on ${call.agent} in ${rootOf(call).id}`
}

testRuntime('D7', (make) => {
  const isThreaded = make.kind === 'threaded'
  const given = isThreaded ? deadlyPlans() : plans()

  test('D7 an idempotency key belongs to one turn alone, and is the same at all its attempts', () =>
    prove(make, given, { deaths: true, share: isThreaded ? 0.3 : 1 }, async (some, stage) => {
      const { calls } = await play(stage, some)
      for (const [once, those] of Map.groupBy(calls, (call) => call.once)) {
        expect(new Set(those.map(effectOf)).size, `effects of ${once}`).toBe(1)
      }
      for (const those of Map.groupBy(calls, effectOf).values()) {
        expect(new Set(those.map(({ once }) => once)).size).toBe(1)
      }
    }))
})
