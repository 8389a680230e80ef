import { test } from 'vitest'
import { judgeAnswers, judgeEnds } from './judge-effects.ts'
import { judgeOrder, judgePairs, judgeSerial } from './judge-order.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime('D1', (make) => {
  test('D1 one turn at a time over all agents of a key, and nested requests within their turn', () =>
    prove(make, plans(), {}, async (given, stage) => {
      const played = await play(stage, given)
      judgeEnds(played)
      judgeSerial(played)
      judgeAnswers(played)
    }))

  test('D1 turns of a key start in the order of acceptance', () =>
    prove(make, plans(), {}, async (given, stage) => {
      const played = await play(stage, given)
      judgeOrder(played)
    }))

  test('D1 messages from one key to another keep their order', () =>
    prove(make, plans({ keys: 2, asks: 'own-key' }), {}, async (given, stage) => {
      const played = await play(stage, given)
      judgePairs(played)
    }))
})
