import { test } from 'vitest'
import { judgeAnswers, judgeDeliveries, judgeEnds, judgeState } from './judge-effects.ts'
import { judgeEvents, judgeTaskEnds } from './judge-events.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime('D5', (make) => {
  test('D5 a failed turn leaves no trace: no publish, no state, no reply', () =>
    prove(make, plans(), {}, async (given, stage) => {
      const played = await play(stage, given)
      judgeEnds(played)
      judgeDeliveries(played)
      judgeState(played)
      judgeAnswers(played)
    }))

  test('D5 a nested request that fails takes back its own part of the turn, and nothing else', () =>
    prove(make, plans({ asks: 'own-key', keys: 2, publishes: false }), {}, async (given, stage) => {
      const played = await play(stage, given)
      judgeState(played)
      judgeDeliveries(played)
    }))

  test('D5 events of an attempt that fails are followed by retracted, and no others are', () =>
    prove(make, plans({ sends: false }), { deaths: true }, async (given, stage) => {
      const played = await play(stage, given, { tasks: true })
      judgeEvents(played)
      judgeTaskEnds(played)
    }))
})
