import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callsOf } from './history.ts'
import { judgeAccounts } from './judge-accounts.ts'
import { judgeDeliveries, judgeState } from './judge-effects.ts'
import { judgeSerial } from './judge-order.ts'
import { CAST, type Planned, plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

/** Requests that their senders give up after so many records; they do nothing but wait. */
const given = fc.array(
  fc.record({
    agent: fc.constantFrom(...CAST),
    key: fc.integer({ min: 1, max: 3 }),
    ticks: fc.nat({ max: 3 }),
    after: fc.integer({ min: 1, max: 60 }),
  }),
  { minLength: 1, maxLength: 8 },
)

testRuntime('D4', (make) => {
  test('D4 what its sender gives up ends as cancelled or handled, and nothing else is cancelled', () =>
    prove(
      make,
      fc.tuple(plans({ asks: 'own-key' }), given),
      {},
      async ([plan, requests], stage) => {
        const aborts = new Map<string, number>()
        const given = requests.map(({ agent, key, ticks, after }, at): Planned => {
          const label = `given ${at}`
          aborts.set(label, after)
          return { kind: 'send', to: `${agent}/k${key}`, label, script: [{ op: 'wait', ticks }] }
        })
        const played = await play(stage, [...given, ...plan], { aborts })
        const calls = callsOf(played.history)
        judgeSerial(calls)
        judgeDeliveries(played.plan, calls)
        judgeState(calls)
        judgeAccounts(played)
        for (const [label, answer] of played.answers) {
          const isCancelled = answer.kind === 'refused' && answer.error.code === 'HEDDLE_CANCELLED'
          if (isCancelled) expect(aborts.has(label), `${label} was given up`).toBe(true)
          else if (aborts.has(label)) expect(answer).toEqual({ kind: 'reply', reply: label })
        }
      },
    ))

  test('D4 a cancelled task ends, and of its turns each is handled or leaves no trace', () =>
    prove(
      make,
      fc.tuple(plans({ sends: false, later: false }), fc.integer({ min: 1, max: 60 })),
      {},
      async ([plan, after], stage) => {
        const aborts = new Map([['1', after]])
        const played = await play(stage, plan, { aborts, tasks: true })
        const calls = callsOf(played.history)
        const cancelled = new Set(
          played.records.flatMap((record) => {
            return record.kind === 'cancelled'
              ? `${record.messageId}@${record.agent.split('/')[0]}`
              : []
          }),
        )
        judgeSerial(calls)
        judgeState(calls, cancelled)
        judgeAccounts(played)
        const foreign = calls.filter(
          ({ id, label }) => cancelled.has(id) && !/^1(\.|$)/.test(label),
        )
        expect(foreign).toEqual([])
      },
    ))
})
