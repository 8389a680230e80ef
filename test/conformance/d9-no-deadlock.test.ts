import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cycleOf } from './cycles.ts'
import { judgeAccounts } from './judge-accounts.ts'
import { judgeAnswers, judgeDeliveries, judgeState } from './judge-effects.ts'
import { judgeOrder, judgeSerial } from './judge-order.ts'
import type { PlanNode } from './plan-nodes.ts'
import { CAST, type Plan, plans } from './plans.ts'
import { type Play, play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

/**
 * Each request that closes a cycle with its own chain is refused with that cycle, and no other
 * request is.
 */
function judgeCycles({ nodes, history }: Play): void {
  for (const event of history) {
    if (event.at !== 'answered' && event.at !== 'refused') continue
    const cycle = cycleOf(nodes.get(event.label) as PlanNode)
    const isCycle = event.at === 'refused' && event.code === 'HEDDLE_REQUEST_CYCLE'
    expect(isCycle ? event.cycle : undefined, `cycle of ${event.label}`).toEqual(cycle)
  }
}

testRuntime('D9', (make) => {
  test('D9 requests to the own key nest, with their own rollback', () =>
    prove(make, plans({ asks: 'own-key' }), {}, async (given, stage) => {
      const played = await play(stage, given)
      judgeDeliveries(played)
      judgeState(played)
      judgeAnswers(played)
    }))

  // With one message to one agent there is one chain of requests, and no other chain to wait for.
  const oneChain = plans({
    asks: 'anybody',
    later: false,
    publishes: false,
    messages: 1,
    topics: CAST,
  })

  test('D9 a request that would wait for itself fails with the cycle, and every other is answered', () =>
    prove(make, oneChain, {}, async (given, stage) => {
      const played = await play(stage, given)
      judgeCycles(played)
      judgeAnswers(played)
      judgeState(played)
    }))

  const anybody = plans({ asks: 'anybody', messages: 5 })

  test('D9 chains that would wait for each other are refused at once, and none waits for a deadline', () =>
    prove(make, anybody, { share: 0.5 }, async (given, stage) => {
      const played = await play(stage, given)
      judgeSerial(played)
      judgeOrder(played)
      judgeAccounts(played)
      expect(played.calls.filter(({ outcome }) => outcome === undefined)).toEqual([])
      const late = played.history.filter(
        (event) => event.at === 'refused' && event.code === 'HEDDLE_DEADLINE',
      )
      expect(late).toEqual([])
    }))

  const hung = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 })

  test('D9 a deadline ends the wait for an agent that does not answer, and its turn leaves no trace', () =>
    prove(make, hung, { share: 0.3 }, async (hangs, stage) => {
      const plan = hangs.map((isHung, at): Plan[number] => {
        const label = `${at + 1}.1`
        const ask = { op: 'ask', to: 'b/k2', when: 'now', caught: true, label } as const
        const add = { op: 'add', n: 1 } as const
        const asks = isHung
          ? { ...ask, deadlineMs: 15, script: [add, { op: 'hang' } as const] }
          : { ...ask, script: [add] }
        return { kind: 'publish', to: 'a/k1', label: String(at + 1), script: [add, asks] }
      })
      const played = await play(stage, plan)
      const { history, after, before } = played
      judgeState(played)
      const refused = history.flatMap((event) =>
        event.at === 'refused' ? [[event.label, event.code]] : [],
      )
      const wanted = hangs.flatMap((isHung, at) =>
        isHung ? [[`${at + 1}.1`, 'HEDDLE_DEADLINE']] : [],
      )
      expect(refused).toEqual(wanted)
      expect(after.cancelled - before.cancelled).toBe(wanted.length)
    }))
})
