import { type Runtime, ThreadedRuntime } from 'heddle'
import { ANSWER, debaters, TURNS } from './agents/debaters.team.ts'
import { keepInFlight, threadedOptions } from './load.ts'
import type { Findings, Question } from './question.ts'
import { perSecond, race } from './race.ts'
import type { Talk } from './rivals/framework.ts'
import {
  FRAMEWORK_NAMES,
  FRAMEWORKS_FOLDER,
  type FrameworkName,
  startRival,
} from './rivals/frameworks.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { burn, stepsPerMicrosecond } from './work.ts'

const IN_FLIGHT = 200
const TURN_US = 5_000

/** Has one whole conversation. Resolves with the number of turns in it. */
type Converse = () => Promise<number>

type Contender = 'heddle' | FrameworkName

/**
 * How many turns of conversations are done in a second, beside agent frameworks in their documented
 * ways, which run on the main thread.
 */
export const frameworks: Question = {
  name: 'frameworks',
  asks: `conversations of ${TURNS} turns, ${IN_FLIGHT} at a time, beside agent frameworks`,
  goals: {
    overFastestFramework: { kind: 'at least', value: 1 },
    computingOverFastestFramework: { kind: 'at least', value: 1.7 },
  },
  packages: [FRAMEWORKS_FOLDER],
  answer: (setting) =>
    onStage(async (stage) => {
      const { agents } = debaters
      const runtime = await stage.enter(ThreadedRuntime.start({ ...threadedOptions, agents }))
      const isFull = setting.size === 'full'
      const steps = Math.round(TURN_US * stepsPerMicrosecond())
      const talk = { answer: ANSWER, turns: TURNS }
      const idle = await contenders(runtime, { ...talk, task: 'Well?', work: () => {} })
      const busy = await contenders(runtime, {
        ...talk,
        task: String(steps),
        work: () => burn(steps),
      })
      const rates = await race(lapsOf(idle, isFull ? 400 : 100), setting)
      const computing = await race(lapsOf(busy, isFull ? 30 : 8), setting)
      return findings(rates, computing)
    }),
}

async function contenders(runtime: Runtime, talk: Talk): Promise<Record<Contender, Converse>> {
  const starting = FRAMEWORK_NAMES.map(async (name) => {
    const rival = await startRival(name, talk)
    return [name, () => rival.converse()] as const
  })
  const rivals = Object.fromEntries(await Promise.all(starting)) as Record<FrameworkName, Converse>
  return { heddle: converseOn(runtime, talk.task), ...rivals }
}

let keys = 0

function converseOn(runtime: Runtime, task: string): Converse {
  return async () => {
    const { messages } = await debaters.conversation(runtime, `talk-${++keys}`).run({ task })
    return messages.length - 1
  }
}

/** A lap has `count` conversations, and resolves with its turns per second. */
function lapsOf(contenders: Readonly<Record<Contender, Converse>>, count: number) {
  const laps = Object.entries(contenders).map(([name, converse]) => {
    const lap = () => keepInFlight(count, IN_FLIGHT, () => wholeOf(name, converse))
    return [name, () => perSecond(count * TURNS, lap)] as const
  })
  return Object.fromEntries(laps) as Record<Contender, () => Promise<number>>
}

async function wholeOf(name: string, converse: Converse): Promise<void> {
  const turns = await converse()
  if (turns !== TURNS) throw new Error(`a conversation of ${name} had ${turns} turns`)
}

type Rates = Readonly<Record<Contender, readonly number[]>>

function findings(rates: Rates, computing: Rates): Findings {
  const figuresOf = (rates: Rates, suffix: string) => {
    const spreads = Object.entries(rates).map(([name, values]) => {
      return [`${name}${suffix}PerSecond`, spreadOf(values)] as const
    })
    return Object.fromEntries(spreads)
  }
  return {
    figures: { ...figuresOf(rates, ''), ...figuresOf(computing, 'Computing') },
    ratios: {
      overFastestFramework: overFastest(rates),
      computingOverFastestFramework: overFastest(computing),
    },
  }
}

/** Over the framework with the highest median. */
function overFastest(rates: Rates) {
  const medianOf = (name: FrameworkName) => spreadOf(rates[name]).median
  const fastest = FRAMEWORK_NAMES.reduce((best, name) => {
    return medianOf(name) > medianOf(best) ? name : best
  })
  return ratioOf(rates.heddle, rates[fastest])
}
