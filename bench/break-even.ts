import { type Runtime, SingleThreadedRuntime, ThreadedRuntime, type TopicId } from 'heddle'
import { Crunch, cruncher } from './agents/cruncher.agent.ts'
import { crossing } from './crossing.ts'
import { publishAll, runtimeOptions, threadedOptions, topicsOf, turnsPerSecond } from './load.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { stepsPerMicrosecond } from './work.ts'

const KEYS = 1_024
const WORK_US = [0, 1, 2, 4, 8, 16, 32, 64] as const
/** Roughly what a turn takes besides its work. It makes all laps about equally long. */
const TURN_US = 3

export const breakEven: Question = {
  name: 'breakEven',
  asks: 'microseconds of work a turn above which threads beat the single thread',
  goals: { breakEvenUs: { kind: 'at most', value: 20 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const lapUs = setting.size === 'full' ? 200_000 : 50_000
      const agents = [cruncher]
      const threaded = await stage.enter(ThreadedRuntime.start({ ...threadedOptions, agents }))
      const single = await stage.enter(SingleThreadedRuntime.start({ ...runtimeOptions, agents }))
      const speed = stepsPerMicrosecond()
      const laps = WORK_US.flatMap((workUs) => {
        const turns = Math.round(lapUs / (workUs + TURN_US))
        const steps = Math.round(workUs * speed)
        const lap = (runtime: Runtime) => () => microsecondsATurn(runtime, turns, steps)
        return [
          [`threaded ${workUs}`, lap(threaded)],
          [`single ${workUs}`, lap(single)],
        ] as const
      })
      const times = await race(Object.fromEntries(laps), setting)
      const timeOf = (name: string, round: number) => times[name]?.[round] ?? Number.NaN
      const crossings = Array.from({ length: setting.rounds }, (_, round) =>
        crossing(
          WORK_US.map((workUs) => ({
            workUs,
            singleUs: timeOf(`single ${workUs}`, round),
            threadedUs: timeOf(`threaded ${workUs}`, round),
          })),
        ),
      )
      return { figures: { breakEvenUs: spreadOf(crossings) }, ratios: {} }
    }),
}

const TOPICS = topicsOf(Crunch.name, KEYS)

async function microsecondsATurn(runtime: Runtime, turns: number, steps: number): Promise<number> {
  const rate = await turnsPerSecond(runtime, turns, () =>
    publishAll(
      runtime,
      turns,
      () => Crunch({ steps }),
      (index) => TOPICS[index % KEYS] as TopicId,
    ),
  )
  return 1_000_000 / rate
}
