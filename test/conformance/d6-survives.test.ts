import { test } from 'vitest'
import { deadlyPlans } from './deadly-plans.ts'
import { callsOf } from './history.ts'
import { judgeAccounts } from './judge-accounts.ts'
import { judgeAnswers, judgeDeliveries, judgeEnds, judgeState } from './judge-effects.ts'
import { judgeOrder, judgePairs, judgeSerial } from './judge-order.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { acceptedIn, poisonIn } from './records.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime(
  'D6',
  (make) => {
    const deadly = make.kind === 'threaded' ? deadlyPlans() : plans()
    const options = { deaths: true, share: make.kind === 'threaded' ? 0.4 : 2 }

    test('D6 what a dead lane had not settled runs again, and its effects are those of one run', () =>
      prove(make, deadly, options, async (given, stage) => {
        const played = await play(stage, given)
        const calls = callsOf(played.history)
        const lost = poisonIn(played.letters)
        judgeEnds(played.plan, calls, lost)
        judgeDeliveries(played.plan, calls, lost)
        judgeState(calls, lost)
        judgeAnswers(played, calls, lost)
        judgeAccounts(played)
      }))

    test('D6 the deliveries of a dead lane run again in order, one turn at a time', () =>
      prove(make, deadly, options, async (given, stage) => {
        const { history, records, letters, plan } = await play(stage, given)
        const calls = callsOf(history)
        judgeSerial(calls)
        const lost = poisonIn(letters)
        judgeOrder(calls, acceptedIn(records), lost)
        judgePairs(plan, calls, lost)
      }))
  },
  ['threaded', 'simulated'],
)
