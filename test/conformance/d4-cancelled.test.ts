import fc from 'fast-check'
import { expect, test } from 'vitest'
import { closureAgent } from '../../src/index.ts'
import { Ask, Do } from '../fixtures/script.ts'
import { judgeAccounts } from './judge-accounts.ts'
import { judgeDeliveries, judgeState } from './judge-effects.ts'
import { judgeSerial } from './judge-order.ts'
import { CAST, type Planned, plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

/** Requests whose turns only wait, and whose senders give up after this many records. */
const given = fc.array(
  fc.record({
    agent: fc.constantFrom(...CAST),
    key: fc.integer({ min: 1, max: 3 }),
    ticks: fc.nat({ max: 3 }),
    after: fc.integer({ min: 1, max: 40 }),
  }),
  { minLength: 1, maxLength: 10, size: 'max' },
)

testRuntime('D4', (make) => {
  test('D4 a request that its sender gives up ends as cancelled or handled, and nothing else is cancelled', () =>
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
        judgeSerial(played)
        judgeDeliveries(played)
        judgeState(played)
        judgeAccounts(played)
        for (const [label, answer] of played.answers) {
          const isCancelled = answer.kind === 'refused' && answer.error.code === 'HEDDLE_CANCELLED'
          if (isCancelled) expect(aborts.has(label), `${label} was given up`).toBe(true)
          else if (aborts.has(label)) expect(answer.kind).toBe('reply')
        }
      },
    ))

  test('D4 a cancelled task ends, and each of its turns is handled or leaves no trace', () =>
    prove(
      make,
      fc.tuple(plans({ sends: false, later: false }), fc.integer({ min: 1, max: 60 })),
      {},
      async ([plan, after], stage) => {
        const aborts = new Map([['1', after]])
        const played = await play(stage, plan, { aborts, tasks: true })
        judgeSerial(played)
        judgeState(played)
        judgeAccounts(played)
        const foreign = played.calls.filter(
          ({ id, label }) => played.lost.has(id) && !/^1(\.|$)/.test(label),
        )
        expect(foreign).toEqual([])
      },
    ))
})

// Closure agents: on every runtime they are in the router's thread, so the cancelled turn has ended
// by
// then, and its result is in the commit that carries the message. On a new runtime the message gets
// the place in the ledger that the turn had.
const conditions = { maxLiveKeys: 50_000 }
const quick = closureAgent({ type: 'quick', handlers: (on) => [on(Ask, ({ label }) => label)] })

testRuntime('D4', (make) => {
  test('D4 a cancellation that comes too late does not hit a delivery accepted meanwhile', async () => {
    let late = 0
    let abort = () => {}
    const after = closureAgent({
      type: 'after',
      handlers: (on) => [
        on(Do, ({ label, script }, turn) => {
          late += label === 'late' ? 1 : 0
          if (label !== 'abort') return
          abort()
          turn.publish(Do({ label: 'late', script }), 'after/k3')
        }),
      ],
      subscriptions: [{ topic: 'after' }],
    })
    const step = { script: [] }
    await prove(
      make,
      fc.constant(1),
      { others: () => [quick, after], share: 0.1, fresh: true, conditions },
      async (_, { runtime }) => {
        const controller = new AbortController()
        abort = () => controller.abort()
        late = 0
        void runtime.publish(Do({ label: 'before', ...step }), 'after/k0')
        const answer = runtime.send(Ask({ label: 'quick', ...step }), 'quick/k1', {
          signal: controller.signal,
        })
        answer.catch(() => {})
        void runtime.publish(Do({ label: 'abort', ...step }), 'after/k2')
        await runtime.idle()
        expect(late).toBe(1)
      },
    )
  })
})
