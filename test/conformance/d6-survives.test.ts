import { test } from 'vitest'
import { deadlyPlans } from './deadly-plans.ts'
import { judgeAccounts } from './judge-accounts.ts'
import { judgeAnswers, judgeDeliveries, judgeEnds, judgeState } from './judge-effects.ts'
import { judgeOrder, judgePairs, judgeSerial } from './judge-order.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime(
  'D6',
  (make) => {
    const deadly = make.kind === 'threaded' ? deadlyPlans() : plans()
    const options = { deaths: true, share: make.kind === 'threaded' ? 0.4 : 2 }

    test('D6 what a dead lane had not settled runs again, and its effects are those of one run', () =>
      prove(make, deadly, options, async (given, stage) => {
        const played = await play(stage, given)
        judgeEnds(played)
        judgeDeliveries(played)
        judgeState(played)
        judgeAnswers(played)
        judgeAccounts(played)
      }))

    test('D6 the deliveries of a dead lane run again in order, one turn at a time', () =>
      prove(make, deadly, options, async (given, stage) => {
        const played = await play(stage, given)
        judgeSerial(played)
        judgeOrder(played)
        judgePairs(played)
      }))
  },
  { except: { single: 'it has no lane that could die' } },
)
