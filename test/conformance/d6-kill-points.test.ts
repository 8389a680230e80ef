import { expect, test } from 'vitest'
import { judgeAnswers, judgeDeliveries, judgeEnds, judgeState } from './judge-effects.ts'
import { judgeOrder, judgeSerial } from './judge-order.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime(
  'D6',
  (make) => {
    test('D6 a lane may die at every point at which a death means something different', async () => {
      const kills: Record<string, number> = {}
      await prove(
        make,
        plans({ messages: 6 }),
        { deaths: true, share: 2 },
        async (given, stage) => {
          const played = await play(stage, given)
          for (const judge of [
            judgeEnds,
            judgeDeliveries,
            judgeState,
            judgeAnswers,
            judgeSerial,
            judgeOrder,
          ])
            judge(played)
          for (const [point, times] of Object.entries(stage.simulation?.kills ?? {})) {
            kills[point] = (kills[point] ?? 0) + times
          }
        },
      )
      const points = [
        ...['before-begin', 'claim-lost', 'recalled'],
        ...['begun', 'ended', 'posted', 'between'],
      ]
      expect(Object.keys(kills)).toEqual(points)
      expect(points.filter((point) => kills[point] === 0)).toEqual([])
    })
  },
  {
    except: {
      single: 'it has no lane that could die',
      threaded: 'nobody can choose the point at which a thread dies',
    },
  },
)
