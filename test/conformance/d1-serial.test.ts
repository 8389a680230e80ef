import { test } from 'vitest'
import { callsOf } from './history.ts'
import { judgeAnswers, judgeEnds } from './judge-effects.ts'
import { judgeOrder, judgePairs, judgeSerial } from './judge-order.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { acceptedIn } from './records.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime('D1', (make) => {
  test('D1 one turn at a time over all agents of a key, and nested requests within their turn', () =>
    prove(make, plans(), {}, async (given, stage) => {
      const played = await play(stage, given)
      const calls = callsOf(played.history)
      judgeEnds(played.plan, calls)
      judgeSerial(calls)
      judgeAnswers(played, calls)
    }))

  test('D1 turns of a key start in the order of acceptance', () =>
    prove(make, plans(), {}, async (given, stage) => {
      const { history, records } = await play(stage, given)
      judgeOrder(callsOf(history), acceptedIn(records))
    }))

  test('D1 messages from one key to another keep their order', () =>
    prove(make, plans({ keys: 2, asks: 'own-key' }), {}, async (given, stage) => {
      const { history, plan } = await play(stage, given)
      judgePairs(plan, callsOf(history))
    }))
})
