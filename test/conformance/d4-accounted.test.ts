import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drop, type Intervention, type Message, type Request } from '../../src/index.ts'
import { Do, type Step } from '../fixtures/script.ts'
import { callsOf, lastCalls } from './history.ts'
import { judgeAccounts, judgeCounts, judgeSum } from './judge-accounts.ts'
import { judgeAnswers } from './judge-effects.ts'
import { nodesOf } from './plan-nodes.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

/** Labels that the intervention drops. */
const dropped = new Set<string>()
const dropping: Intervention = { onPublish: dropIfTold, onSend: dropIfTold }

function dropIfTold<T extends Message | Request>(message: T) {
  return dropped.has((message.payload as Step).label) ? drop('as told') : message
}

testRuntime('D4', (make) => {
  test('D4 the sum holds at every record, and the records say what is counted', () =>
    prove(make, plans(), { deaths: true }, async (given, stage) => {
      const problems: unknown[] = [] // an error thrown in the listener would not fail the test
      const watch = () => {
        try {
          judgeSum(stage.runtime.stats())
        } catch (problem) {
          problems.push(problem)
        }
      }
      judgeAccounts(await play(stage, given, { watch }))
      expect(problems).toEqual([])
    }))

  test('D4 each message is counted as what became of it: handled, a dead letter, or dropped', () =>
    prove(
      make,
      fc.tuple(
        plans({ asks: 'own-key', later: false }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 4 }),
      ),
      { interventions: [dropping] },
      async ([given, places], stage) => {
        dropped.clear()
        const labels = [...nodesOf(given).values()].flatMap(({ nested, label }) =>
          nested ? [] : label,
        )
        for (const place of places) dropped.add(labels[place % labels.length] as string)
        const played = await play(stage, given)
        judgeCounts(played, dropped)
        judgeAccounts(played)
      },
    ))

  test('D4 requests to other keys are counted as deliveries of their own', () =>
    prove(make, plans({ later: false }), {}, async (given, stage) => {
      const played = await play(stage, given)
      judgeCounts(played, new Set())
      judgeAnswers(played)
    }))

  test('D4 nothing of a refused publish is accepted', () =>
    prove(
      make,
      fc.constantFrom('topic', 'payload', 'message', 'agent'),
      { share: 0.3 },
      async (wrong, stage) => {
        const { runtime } = stage
        const before = runtime.stats()
        const script = wrong === 'payload' ? [() => {}] : []
        const call = async () => {
          if (wrong === 'agent')
            return runtime.send({ kind: 'request', name: 'ask', payload: 1 }, 'nobody/k1')
          if (wrong === 'message')
            return runtime.publish({ kind: 'message', name: 'do', payload: 1 }, 'abc/k1')
          return runtime.publish(
            Do({ label: '1', script: script as never }),
            wrong === 'topic' ? 'abc' : 'abc/k1',
          )
        }
        await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/^HEDDLE_/) })
        expect(runtime.stats()).toEqual(before)
      },
    ))

  test('D4 a publish runs once for each of its recipients, and without a recipient it is one dead letter', () =>
    prove(make, plans({ asks: 'nobody', fails: false, sends: false }), {}, async (given, stage) => {
      const { history, letters, plan } = await play(stage, given)
      const last = lastCalls(callsOf(history))
      const unheard = letters.filter(({ reason }) => reason.kind === 'no-subscriber')
      for (const { label, to } of plan) {
        const agents = last.filter((call) => call.label === label).map(({ agent }) => agent)
        const topic = to.slice(0, to.indexOf('/'))
        expect(agents.sort().join(''), label).toBe(topic === 'void' ? '' : topic)
      }
      expect(unheard.length).toBe(letters.length)
    }))
})
