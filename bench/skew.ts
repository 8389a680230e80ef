import { availableParallelism } from 'node:os'
import { ThreadedRuntime, type TopicId } from 'heddle'
import { Crunch, cruncher } from './agents/cruncher.agent.ts'
import { publishAll, topicsOf, turnsPerSecond } from './load.ts'
import type { Question, Setting } from './question.ts'
import { perSecond, race } from './race.ts'
import { HandSplit, longestFirst } from './rivals/hand-split.ts'
import { ratioOf, type Spread, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { virtualMakespan } from './virtual/makespan.ts'
import { stepsPerMicrosecond } from './work.ts'
import { arrivals, zipfTurns } from './zipf.ts'

const KEYS = 1_000
const TURN_US = 500
const SIMULATED_LANES = 8
const SIMULATED_TURNS = 8_000

export const skew: Question = {
  name: 'skew',
  asks: `Zipf-distributed work on ${KEYS} keys, in turns of ${TURN_US} µs`,
  goals: {
    overHandSplit: { kind: 'at most', value: 1.08 },
    simulatedOverBound: { kind: 'at most', value: 1.1 },
  },
  answer: async (setting) => {
    const { heddle, raw } = await raceHandSplit(setting)
    return {
      figures: { heddlePerSecond: spreadOf(heddle), handSplitPerSecond: spreadOf(raw) },
      ratios: {
        // these are rates, so the inverse ratio is time over time
        overHandSplit: ratioOf(raw, heddle),
        simulatedOverBound: await simulatedOverBound(setting),
      },
    }
  },
}

function raceHandSplit(setting: Setting) {
  return onStage(async (stage) => {
    const lanes = availableParallelism()
    const runtime = await stage.enter(ThreadedRuntime.start({ lanes, agents: [cruncher] }))
    const split = await stage.enter(new HandSplit(lanes))
    const turns = zipfTurns(KEYS, setting.size === 'full' ? 4_000 : 2_000)
    const order = arrivals(turns, 1)
    const topics = topicsOf(Crunch.name, KEYS)
    const steps = Math.round(TURN_US * stepsPerMicrosecond())
    const loads = longestFirst(turns, (count) => count, lanes).map((counts) => {
      return counts.flatMap((count) => Array.from({ length: count }, () => steps))
    })
    return race(
      {
        heddle: () =>
          turnsPerSecond(runtime, order.length, () =>
            publishAll(
              runtime,
              order.length,
              () => Crunch({ steps }),
              (index) => topics[order[index] as number] as TopicId,
            ),
          ),
        raw: () => perSecond(order.length, () => split.run(loads)),
      },
      setting,
    )
  })
}

/** In each round, the messages arrive in another order. */
async function simulatedOverBound({ rounds, tell }: Setting): Promise<Spread> {
  const turns = zipfTurns(KEYS, SIMULATED_TURNS)
  const costMs = TURN_US / 1_000
  const total = turns.reduce((sum, count) => sum + count, 0) * costMs
  // No schedule is shorter than an even share, or than the work of the largest key, whose turns run
  // one after the other.
  const bound = Math.max(total / SIMULATED_LANES, Math.max(...turns) * costMs)
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round++) {
    tell(`simulated time on ${SIMULATED_LANES} lanes, round ${round} of ${rounds}`)
    const order = arrivals(turns, round)
    ratios.push((await virtualMakespan(order, costMs, SIMULATED_LANES)) / bound)
  }
  return spreadOf(ratios)
}
