import { availableParallelism } from 'node:os'
import { SingleThreadedRuntime, ThreadedRuntime } from 'heddle'
import { Crunch, cruncher } from './agents/cruncher.agent.ts'
import { publishAll, topicsOf, turnsPerSecond } from './load.ts'
import type { Findings, Question, Setting } from './question.ts'
import { perSecond, race } from './race.ts'
import { HandSplit } from './rivals/hand-split.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { stepsPerMicrosecond } from './work.ts'

const KEYS = 64
const TURN_US = 5_000

/** CPU-bound turns on every core: what part of the speed of hand-split threads heddle reaches. */
export const scaling: Question = {
  name: 'scaling',
  asks: `CPU-bound turns of about ${TURN_US / 1_000} ms on ${KEYS} keys`,
  goals: { ofRawWorkers: { kind: 'at least', value: 0.95 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const lanes = availableParallelism()
      const agents = [cruncher]
      const threaded = await stage.enter(ThreadedRuntime.start({ lanes, agents }))
      const single = await stage.enter(SingleThreadedRuntime.start({ agents }))
      const raw = await stage.enter(new HandSplit(lanes))

      const steps = Math.round(TURN_US * stepsPerMicrosecond())
      const turns = KEYS * turnsAKey(setting)
      const topics = topicsOf(Crunch.name, KEYS)
      const onRuntime = (runtime: typeof threaded) =>
        turnsPerSecond(runtime, turns, () =>
          publishAll(
            runtime,
            turns,
            () => Crunch({ steps }),
            (index) => topics[index % KEYS]!,
          ),
        )
      const loads = Array.from({ length: lanes }, (_, lane) => {
        return Array.from({ length: turns }, () => steps).filter(
          (_, at) => (at % KEYS) % lanes === lane,
        )
      })
      const rates = await race(
        {
          threaded: () => onRuntime(threaded),
          raw: () => perSecond(turns, () => raw.run(loads)),
          single: () => onRuntime(single),
        },
        setting,
      )
      return findings(rates)
    }),
}

function turnsAKey({ size }: Setting): number {
  return size === 'full' ? 8 : 2
}

function findings(rates: Record<'threaded' | 'raw' | 'single', number[]>): Findings {
  return {
    figures: {
      threadedPerSecond: spreadOf(rates.threaded),
      rawWorkersPerSecond: spreadOf(rates.raw),
      singlePerSecond: spreadOf(rates.single),
    },
    ratios: {
      overSingle: ratioOf(rates.threaded, rates.single),
      ofRawWorkers: ratioOf(rates.threaded, rates.raw),
    },
  }
}
