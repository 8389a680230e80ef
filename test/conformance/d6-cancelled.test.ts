import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InspectRecord } from '../../src/index.ts'
import { deadlyPlans } from './deadly-plans.ts'
import { judgeAccounts } from './judge-accounts.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime(
  'D6',
  (make) => {
    const isThreaded = make.kind === 'threaded'
    const deadly = isThreaded ? deadlyPlans({ sends: false }) : plans({ sends: false })
    const given = fc.tuple(deadly, fc.integer({ min: 1, max: 40 }))

    const options = { deaths: true, lanes: 1, share: isThreaded ? 0.4 : 1 }

    test('D6 what was cancelled before its lane died does not run again', () =>
      prove(make, given, options, async ([plan, after], stage) => {
        let records = 0
        let died: number | undefined
        const watch = ({ kind }: InspectRecord) => {
          if (++records > after && kind === 'lane-died') died ??= stage.written
        }
        const played = await play(stage, plan, {
          aborts: new Map([['1', after]]),
          tasks: true,
          watch,
        })
        judgeAccounts(played)
        if (died === undefined) return
        const ran = stage
          .history(died)
          .flatMap((event) => (event.at === 'begin' ? event.label : []))
        expect(ran.filter((label) => /^1(\.|$)/.test(label))).toEqual([])
      }))
  },
  { except: { single: 'it has no lane that could die' } },
)
