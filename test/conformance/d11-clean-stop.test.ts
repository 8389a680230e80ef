import { AsyncResource } from 'node:async_hooks'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StopReport } from '../../src/index.ts'
import { Ask, Do, type Op } from '../fixtures/script.ts'
import { judgeAccounts, judgeSum } from './judge-accounts.ts'
import { judgeAnswers, judgeDeliveries, judgeEnds, judgeState } from './judge-effects.ts'
import { plans } from './plans.ts'
import { play } from './play.ts'
import type { Stage } from './stage.ts'
import { prove, testRuntime } from './test-runtime.ts'

async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** A stopped runtime refuses every publish, run and send. */
async function judgeClosed({ runtime }: Stage): Promise<void> {
  const step = { label: 'late', script: [] }
  const before = runtime.stats()
  expect(await codeOf(runtime.publish(Do(step), 'a/k1'))).toBe('HEDDLE_STOPPED')
  expect(await codeOf(runtime.run(Do(step), 'a/k1'))).toBe('HEDDLE_STOPPED')
  expect(await codeOf(runtime.send(Ask(step), 'a/k1'))).toBe('HEDDLE_STOPPED')
  expect(runtime.stats().accepted).toBe(before.accepted)
}

testRuntime('D11', (make) => {
  const often = { fresh: true, share: make.kind === 'threaded' ? 0.3 : 1 }
  const moment = fc.integer({ min: 1, max: 60 })

  test('D11 stop lets nothing more in, and finishes what was accepted before', () =>
    prove(
      make,
      fc.tuple(plans(), moment),
      { ...often, deaths: true },
      async ([given, after], stage) => {
        let records = 0
        let stopping: Promise<StopReport> | undefined
        let closed: Promise<void> | undefined
        const stop = AsyncResource.bind(() => {
          stopping = stage.runtime.stop()
          closed = judgeClosed(stage)
        })
        const watch = () => {
          if (++records === after) queueMicrotask(stop)
        }
        const played = await play(stage, given, { watch, readsBack: false })
        stopping ??= stage.runtime.stop()
        expect(await stopping).toMatchObject({ left: 0, problems: [] })
        expect(await stage.runtime.stop()).toMatchObject({ left: 0, problems: [] })
        await (closed ?? judgeClosed(stage))
        judgeEnds(played)
        judgeDeliveries(played)
        judgeState(played)
        judgeAnswers(played)
        judgeAccounts(played)
      },
    ))

  test('D11 a listener may stop the runtime at any event', () =>
    prove(
      make,
      fc.tuple(plans(), moment),
      { ...often, share: make.kind === 'threaded' ? 0.1 : 8 },
      async ([given, after], stage) => {
        let records = 0
        let stopped: Promise<string | undefined> | undefined
        const watch = () => {
          if (++records === after) stopped = codeOf((async () => stage.runtime.stop())())
        }
        await play(stage, given, { watch, readsBack: false })
        expect(await stopped).toBe(undefined)
      },
    ))

  const jobs = fc.array(fc.constantFrom('hang', 'quick'), { minLength: 1, maxLength: 8 })
  const bounds = { messages: 4, policy: 'wait' } as const

  test('D11 at the deadline every caller that still waits is answered, and what was left is reported', () =>
    prove(
      make,
      fc.tuple(jobs, moment),
      { ...often, bounds },
      async ([given, deadlineMs], stage) => {
        const { runtime } = stage
        const answers = given.map((job, at) => {
          const script: Op[] = job === 'hang' ? [{ op: 'hang' }] : [{ op: 'wait', ticks: 1 }]
          const step = { label: String(at), script }
          if (at % 3 === 2) return codeOf(runtime.publish(Do(step), `b/k${at % 2}`))
          return codeOf(runtime.send(Ask(step), `a/k${at % 2}`))
        })
        const { left } = await runtime.stop({ deadlineMs })
        const stopped = (await runtime.deadLetters.list()).filter(
          ({ reason }) => reason.kind === 'stopped',
        )
        expect(stopped.length).toBe(left)
        if (given[0] === 'hang') expect(left).toBeGreaterThan(0)
        for (const code of await Promise.all(answers))
          expect([undefined, 'HEDDLE_STOPPED']).toContain(code)
        const stats = runtime.stats()
        judgeSum(stats)
        expect(stats.inFlight).toBe(0)
        await judgeClosed(stage)
      },
    ))
})
