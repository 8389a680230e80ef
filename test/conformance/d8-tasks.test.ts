import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Do, type Op } from '../fixtures/script.ts'
import { callsOf, lastCalls } from './history.ts'
import type { PlanNode } from './plan-nodes.ts'
import { type Plan, plans } from './plans.ts'
import { play } from './play.ts'
import { prove, testRuntime } from './test-runtime.ts'

/** The number of turns between a message and its task's first message. */
function depthOf({ parent }: PlanNode): number {
  return parent === undefined ? 0 : depthOf(parent) + 1
}

/** A message that publishes `width` others, each of which does the same, down to `depth`. */
function fanOut(label: string, width: number, depth: number): Op & { readonly op: 'publish' } {
  const inner = Array.from({ length: depth === 0 ? 0 : width }, (_, at) =>
    fanOut(`${label}.${at}`, width, depth - 1),
  )
  return { op: 'publish', to: `a/k${width}`, toSelf: true, label, script: inner }
}

testRuntime('D8', (make) => {
  const many = fc.integer({ min: 2, max: 12 })

  test('D8 what turns publish is never held back by the bound, and counts against it', () =>
    prove(
      make,
      many,
      { bounds: { messages: 1, policy: 'reject' }, share: 0.3 },
      async (count, stage) => {
        const { runtime } = stage
        const start = stage.written
        const mark = stage.nextMark()
        const script = Array.from({ length: count }, (_, at): Op => {
          return {
            op: 'publish',
            to: `b/${mark}k${at % 3}`,
            toSelf: true,
            label: `1.${at}`,
            script: [{ op: 'wait', ticks: 3 }],
          }
        })
        let late: Promise<unknown> | undefined
        const unlisten = runtime.inspect((record) => {
          if (record.kind !== 'turn' || late !== undefined) return
          // After the record that carries the turn's publishes, and before any of them can settle.
          late = Promise.resolve()
            .then(() => runtime.publish(Do({ label: 'late', script: [] }), `c/${mark}k`))
            .catch((error) => error.code)
        })
        await runtime.publish(Do({ label: '1', script }), `a/${mark}k`)
        await stage.idle()
        unlisten()
        expect(await late).toBe('HEDDLE_BOUND_REACHED')
        expect(callsOf(stage.history(start)).length).toBe(1 + count)
      },
    ))

  const depth = 2
  const deep = plans({ fails: false, asks: 'nobody', sends: false })

  test('D8 a task is cut at its depth, and what is cut is a dead letter that says so', () =>
    prove(make, deep, { taskLimits: { depth } }, async (given, stage) => {
      const played = await play(stage, given, { tasks: true })
      for (const call of lastCalls(played.calls)) {
        expect(depthOf(played.nodes.get(call.label) as PlanNode)).toBeLessThanOrEqual(depth)
      }
      for (const { reason, payload } of played.letters) {
        const { label } = payload as PlanNode
        if (reason.kind === 'no-subscriber') continue
        expect(reason).toEqual({ kind: 'task-limit', limit: 'depth', value: depth })
        expect(played.tasks.get(label.split('.')[0] as string)?.end.stopReason).toEqual(reason)
      }
    }))

  const total = 10
  const wide = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))

  test('D8 a task is cut at its total: that many of its messages run, and no more', () =>
    prove(make, wide, { taskLimits: { total }, share: 0.3 }, async ([width, levels], stage) => {
      const { to, label, script } = fanOut('1', width, levels)
      const plan: Plan = [{ kind: 'publish', to, label, script }]
      const { calls, letters, tasks } = await play(stage, plan, { tasks: true })
      let all = 0
      for (let level = 0; level <= levels; level++) all += width ** level
      const ran = calls.filter((call) => !call.label.startsWith('read'))
      expect(ran.length).toBe(Math.min(all, total))
      const kind = all > total ? 'task-limit' : 'completed'
      expect(tasks.get('1')?.end.stopReason.kind).toBe(kind)
      expect(letters.length > 0).toBe(all > total)
    }))

  test('D8 nothing is left in the ledger, and nothing of keys without state', () =>
    prove(make, plans({ adds: false }), {}, async (given, stage) => {
      const { after } = await play(stage, given, { readsBack: false })
      expect(after.inFlight).toBe(0)
      expect(after.keys).toBe(0)
      for (const { posted, waiting } of after.lanes) expect([posted, waiting]).toEqual([0, 0])
    }))
})
