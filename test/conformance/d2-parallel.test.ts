import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InspectRecord } from '../../src/index.ts'
import type { Op } from '../fixtures/script.ts'
import { type Call, callsOf } from './history.ts'
import { judgeEnds } from './judge-effects.ts'
import { CAST, type Plan, type Planned, plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

const agent = fc.constantFrom(...CAST)

function messageTo(agent: string, key: number, label: string, script: readonly Op[]): Planned {
  return { kind: 'publish', to: `${agent}/k${key}`, label, script }
}

/** The shared cells in which turns meet. */
const cells = new Int32Array(new SharedArrayBuffer(64))

/** The most turns that were under way at once. */
function mostAtOnce(calls: readonly Call[]): number {
  const steps = calls.flatMap(({ begin, end }) => [
    { place: begin, by: 1 },
    { place: end ?? Number.POSITIVE_INFINITY, by: -1 },
  ])
  let now = 0
  let most = 0
  for (const { by } of steps.sort((one, other) => one.place - other.place)) {
    now += by
    most = Math.max(most, now)
  }
  return most
}

testRuntime(
  'D2',
  (make) => {
    // In each round the turns of two keys meet. Each blocks its thread until the other has come, so
    // the two must run on two threads at once.
    const rounds = fc.array(fc.tuple(agent, agent, fc.boolean()), { minLength: 1, maxLength: 4 })

    test('D2 turns of two keys run at the same time on two lanes', () =>
      prove(make, rounds, { config: { meeting: cells.buffer } }, async (given, stage) => {
        cells.fill(0)
        const plan = given.flatMap(([one, other, adds], cell): Plan => {
          const script: Op[] = [{ op: 'meet', cell, parties: 2 }]
          if (adds) script.push({ op: 'add', n: 1 })
          return [
            messageTo(one, 1, `${cell} one`, script),
            messageTo(other, 2, `${cell} other`, script),
          ]
        })
        const { history } = await play(stage, plan)
        const met = history.flatMap((event) => (event.at === 'met' ? event.met : []))
        expect(met).toEqual(plan.map(() => true))
      }))
  },
  {
    except: {
      single: 'a turn that blocks its one thread keeps the other from it',
      simulated: 'its lanes share one thread, which the first turn to meet would block',
    },
  },
)

testRuntime('D2', (make) => {
  /**
   * The key that takes each step. Before a step, the key's turn waits for the previous one,
   * whichever turn takes it.
   */
  const steps = fc.array(fc.nat({ max: 4 }), { minLength: 2, maxLength: 20 })

  test('D2 turns of one lane interleave at await in any order', () =>
    prove(make, steps, { lanes: 1 }, async (given, stage) => {
      const scripts = new Map<number, Op[]>()
      for (const [at, key] of given.entries()) {
        const script = scripts.get(key) ?? []
        if (at > 0) script.push({ op: 'await', signal: String(at - 1) })
        script.push({ op: 'signal', signal: String(at) })
        scripts.set(key, script)
      }
      const plan = [...scripts].map(([key, script]) => messageTo('a', key, String(key), script))
      const played = await play(stage, plan)
      judgeEnds(played)
    }))

  /** How many turns wait, and whether each of their keys has another message. */
  const crowds = fc.tuple(fc.integer({ min: 100, max: 300 }), fc.boolean())

  let crowd = 0

  test('D2 however many turns of a lane wait, the next begins', () =>
    prove(make, crowds, { lanes: 1, share: 0.1 }, async ([many, isFollowed], stage) => {
      const open = `${make.kind}: crowd ${++crowd} opens` // signals stay given
      const keys = Array.from({ length: many }, (_, key) => key)
      const waits = keys.map((key) =>
        messageTo('a', key, `waits ${key}`, [
          { op: 'signal', signal: `${open} after ${key}` },
          { op: 'await', signal: open },
        ]),
      )
      const behind = keys.map((key) => messageTo('b', key, `behind ${key}`, []))
      const begun = keys.map((key): Op => ({ op: 'await', signal: `${open} after ${key}` }))
      const opens = messageTo('c', many, 'opens', [...begun, { op: 'signal', signal: open }])
      const played = await play(stage, [...waits, ...(isFollowed ? behind : []), opens])
      judgeEnds(played)
      expect(mostAtOnce(callsOf(played.history))).toBe(many + 1)
    }))

  test('D2 turns that wait for replies keep no turn from beginning', () =>
    prove(make, plans({ later: false }), { lanes: 1 }, async (given, stage) => {
      const played = await play(stage, given)
      judgeEnds(played)
      expect(
        played.history.some((event) => event.at === 'refused' && event.code === 'HEDDLE_DEADLINE'),
      ).toBe(false)
    }))

  /**
   * `rotation` is how many deliveries of one key are posted before the next key's, and `credit` how
   * many a lane gets before it has reported anything.
   */
  const rotation = 8
  const credit = 16
  const floods = fc.tuple(
    fc.integer({ min: 2, max: 5 }),
    fc.integer({ min: 60, max: 120 }),
    fc.boolean(),
  )
  const lone = {
    lanes: 1,
    share: make.kind === 'threaded' ? 0.15 : 0.3,
    fresh: true,
    config: { meeting: cells.buffer },
  }

  test('D2 a key with one message is not kept waiting by keys with many', () =>
    prove(make, floods, lone, async ([keys, many, waits], stage) => {
      cells.fill(0)
      // A thread would begin the flood before the last message is accepted, so it is blocked until
      // then.
      const block: Plan = [messageTo('b', 9, 'block', [{ op: 'meet', cell: 0, parties: 2 }])]
      const script: Op[] = waits ? [{ op: 'wait', ticks: 1 }] : []
      const flood = Array.from({ length: keys * many }, (_, at) =>
        messageTo('a', 1 + (at % keys), String(at), script),
      )
      const plan = [
        ...(make.kind === 'threaded' ? block : []),
        ...flood,
        messageTo('c', 0, 'alone', []),
      ]
      const release = (record: InspectRecord) => {
        if (record.kind !== 'accepted' || !record.recipient?.startsWith('c/')) return
        Atomics.add(cells, 0, 1)
        Atomics.notify(cells, 0)
      }
      const { history } = await play(stage, plan, { watch: release })
      const order = callsOf(history).map(({ label }) => label)
      expect(order.indexOf('alone')).toBeLessThanOrEqual(credit + 2 * rotation * keys)
    }))
})
