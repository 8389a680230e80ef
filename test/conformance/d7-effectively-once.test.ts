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
  const effects = isThreaded ? deadlyPlans({ effects: true }) : plans({ effects: true })

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

  test('D7 what was recorded of an effect is not done again, and every attempt gets the same', () =>
    prove(make, effects, { deaths: true, share: isThreaded ? 0.3 : 2 }, async (some, stage) => {
      const { history } = await play(stage, some)
      const recorded = new Map<string, number>()
      for (const event of history) {
        if (event.at !== 'effect' && event.at !== 'recorded') continue
        const effect = `${event.name} of ${event.id}`
        const before = recorded.get(effect)
        if (event.at === 'effect') expect(before, `${effect} is done again`).toBe(undefined)
        else expect(event.number, effect).toBe(before ?? event.number)
        if (event.at === 'recorded') recorded.set(effect, event.number)
      }
    }))

  test('D7 a turn that fails after an effect is tried again without it', () =>
    prove(make, plans({ effects: true }), { retries: true, share: 0.5 }, async (some, stage) => {
      const { history } = await play(stage, some)
      const done = history.flatMap((event) => {
        return event.at === 'effect' ? [`${event.name} of ${event.id}`] : []
      })
      expect(new Set(done).size).toBe(done.length)
    }))
})
