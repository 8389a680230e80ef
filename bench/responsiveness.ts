import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ThreadedRuntime, type TopicId } from 'heddle'
import { Crunch, cruncher } from './agents/cruncher.agent.ts'
import { publishAll, topicsOf, turnsPerSecond } from './load.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { HandSplit } from './rivals/hand-split.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { stepsPerMicrosecond } from './work.ts'

const KEYS = 64
const TURN_US = 1_000
/** How often the loop is sampled. By how much each sample comes late is what is measured. */
const LOOK_MS = 1

export const responsiveness: Question = {
  name: 'responsiveness',
  asks: `delay of the main loop while all lanes compute, in turns of ${TURN_US / 1_000} ms`,
  goals: { overRaw: { kind: 'at most', value: 3 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const lanes = availableParallelism()
      const runtime = await stage.enter(ThreadedRuntime.start({ lanes, agents: [cruncher] }))
      const split = await stage.enter(new HandSplit(lanes, 'each turn'))
      const turnsALane = setting.size === 'full' ? 1_500 : 500
      const turns = turnsALane * lanes
      const steps = Math.round(TURN_US * stepsPerMicrosecond())
      const topics = topicsOf(Crunch.name, KEYS)
      const loads = Array.from({ length: lanes }, () => {
        return Array.from({ length: turnsALane }, () => steps)
      })
      const { heddle, raw } = await race(
        {
          heddle: () =>
            p99DelayDuring(() =>
              turnsPerSecond(runtime, turns, () =>
                publishAll(
                  runtime,
                  turns,
                  () => Crunch({ steps }),
                  (index) => topics[index % KEYS] as TopicId,
                ),
              ),
            ),
          raw: () => p99DelayDuring(() => split.run(loads)),
        },
        setting,
      )
      return {
        figures: { p99Ms: spreadOf(heddle), rawP99Ms: spreadOf(raw) },
        ratios: { overRaw: ratioOf(heddle, raw) },
      }
    }),
}

async function p99DelayDuring(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS })
  delay.enable()
  await work()
  delay.disable()
  return delay.percentile(99) / 1_000_000 - LOOK_MS
}
