import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InspectRecord } from '../../src/index.ts'
import type { Op } from '../fixtures/script.ts'
import { lastCalls } from './history.ts'
import { judgeAnswers, judgeDeliveries, judgeState } from './judge-effects.ts'
import { type Death, judgeAlone, judgePoison } from './judge-suspects.ts'
import { type Plan, type Planned, plans } from './plans.ts'
import { play } from './play.ts'
import { lostIn } from './records.ts'
import { prove, testRuntime } from './test-runtime.ts'

testRuntime(
  'D6',
  (make) => {
    test('D6 suspects run again one at a time, and only a turn that was alone at its second death is given up', async () => {
      let poisoned = 0
      await prove(make, plans(), { deaths: true, share: 2 }, async (given, stage) => {
        const start = stage.written
        const deaths: Death[] = []
        let letters: InspectRecord[] = []
        const watch = (record: InspectRecord) => {
          if (record.kind === 'dead-letter') letters.push(record)
          if (record.kind !== 'lane-died') return
          deaths.push({
            lane: record.lane,
            place: stage.history(start).length,
            poison: [...lostIn(letters)],
          })
          letters = []
        }
        const played = await play(stage, given, { watch })
        judgeAlone(played, deaths)
        judgePoison(played, deaths)
        poisoned += played.letters.filter(({ reason }) => reason.kind === 'poison').length
      })
      expect(poisoned).toBeGreaterThan(0)
    })
  },
  {
    except: {
      single: 'it has no lane that could die',
      threaded: 'a death costs a thread, and few of the deaths leave suspects to judge',
    },
  },
)

testRuntime(
  'D6',
  (make) => {
    /**
     * A message whose turn always ends its thread, and the message's place among harmless ones.
     */
    const given = fc.record({
      others: fc.array(
        fc.record({ key: fc.integer({ min: 1, max: 6 }), ticks: fc.nat({ max: 8 }) }),
        {
          minLength: 2,
          maxLength: 8,
        },
      ),
      place: fc.nat({ max: 8 }),
      after: fc.nat({ max: 3 }),
      asks: fc.boolean(),
    })
    const add: Op = { op: 'add', n: 1 }

    test('D6 a message that ends its lane every time is given up, and no other', () =>
      prove(
        make,
        given,
        { lanes: 1, share: 0.4 },
        async ({ others, place, after, asks }, stage) => {
          const script: Op[] = [
            { op: 'wait', ticks: after },
            { op: 'die', way: 'exit', times: 99 },
          ]
          const ask: Op = {
            op: 'ask',
            to: 'c/k7',
            when: 'now',
            caught: false,
            label: '0.2',
            script: [add],
          }
          const guilty: Planned = {
            kind: 'publish',
            to: 'b/k0',
            label: '0',
            script: asks ? [add, ask, ...script] : [add, ...script],
          }
          const plan = others.map(({ key, ticks }, at): Plan[number] => {
            return {
              kind: 'publish',
              to: `a/k${key}`,
              label: String(at + 1),
              script: [add, { op: 'wait', ticks }, add],
            }
          })
          const played = await play(stage, plan.toSpliced(place % (plan.length + 1), 0, guilty))
          const given = lastCalls(played.calls).filter(({ id }) => played.lost.has(id))
          expect(given.map(({ label }) => label)).toEqual(['0'])
          expect(played.letters.map(({ attempts }) => attempts)).toEqual([3])
          judgeDeliveries(played)
          judgeState(played)
          judgeAnswers(played)
        },
      ))
  },
  {
    except: {
      single: 'it has no lane that could die',
      simulated: 'its lanes are in the thread of the test, which a turn that exits would end',
    },
  },
)
