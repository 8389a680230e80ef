import { availableParallelism } from 'node:os'
import { ThreadedRuntime } from 'heddle'
import { Forge, smith } from './agents/smith.agent.ts'
import type { Question } from './question.ts'
import { perSecond, race } from './race.ts'
import { HandSplit } from './rivals/hand-split.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { stepsPerMicrosecond } from './work.ts'

const CALL_US = 5_000

/** Tools that compute, called at once by one turn: what part of hand-split threads they reach. */
export const tools: Question = {
  name: 'tools',
  asks: `calls of about ${CALL_US / 1_000} ms of computing, all by one turn, on the pool of tools`,
  goals: { ofRawWorkers: { kind: 'at least', value: 0.9 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const threads = availableParallelism()
      const calls = threads * (setting.size === 'full' ? 150 : 40)
      const runtime = await stage.enter(ThreadedRuntime.start({ lanes: 1, agents: [smith] }))
      const raw = await stage.enter(new HandSplit(threads))
      const one = Math.round(CALL_US * stepsPerMicrosecond())
      const steps = Array.from({ length: calls }, () => one)
      const loads = Array.from({ length: threads }, (_, at) => {
        return steps.filter((_, call) => call % threads === at)
      })
      const deadlineMs = 60_000
      const rates = await race(
        {
          pool: () =>
            perSecond(calls, () =>
              runtime.send(Forge({ steps, atOnce: true }), 'smith/one', { deadlineMs }),
            ),
          raw: () => perSecond(calls, () => raw.run(loads)),
        },
        setting,
      )
      return {
        figures: {
          poolPerSecond: spreadOf(rates.pool),
          rawWorkersPerSecond: spreadOf(rates.raw),
        },
        ratios: { ofRawWorkers: ratioOf(rates.pool, rates.raw) },
      }
    }),
}
