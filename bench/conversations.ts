import { availableParallelism } from 'node:os'
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from 'heddle'
import { TURNS, talkers } from './agents/talkers.team.ts'
import type { Findings, Question } from './question.ts'
import { race } from './race.ts'
import { HandSplit } from './rivals/hand-split.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { stepsPerMicrosecond } from './work.ts'

const TURN_US = 2_000

/**
 * What a turn of a conversation costs besides its work, and, when it has work, what part of the
 * speed of hand-split threads it reaches.
 */
export const conversations: Question = {
  name: 'conversations',
  asks: `round-robin conversations of ${TURNS} turns, a thousand at a time`,
  goals: { ofRawWorkers: { kind: 'at least', value: 0.9 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const lanes = availableParallelism()
      const { agents } = talkers
      const threaded = await stage.enter(ThreadedRuntime.start({ lanes, agents }))
      const single = await stage.enter(SingleThreadedRuntime.start({ agents }))
      const raw = await stage.enter(new HandSplit(lanes))
      const isFull = setting.size === 'full'
      const talks = isFull ? 1_000 : 100
      const working = isFull ? 200 : 20
      const steps = Math.round(TURN_US * stepsPerMicrosecond())
      const shares = Array.from({ length: lanes }, (_, lane) => {
        return Array.from({ length: working * TURNS }, () => steps).filter(
          (_, at) => at % lanes === lane,
        )
      })
      const times = await race(
        {
          threaded: () => secondsOf(() => converse(threaded, talks, 'Well?')),
          single: () => secondsOf(() => converse(single, talks, 'Well?')),
          working: () => secondsOf(() => converse(threaded, working, String(steps))),
          raw: () => secondsOf(() => raw.run(shares)),
        },
        setting,
      )
      return findings(times, talks)
    }),
}

let laps = 0

/** Runs `count` separate conversations at once. Throws unless each of them has all its turns. */
async function converse(runtime: Runtime, count: number, task: string): Promise<void> {
  const lap = ++laps
  const results = await Promise.all(
    Array.from({ length: count }, (_, at) => {
      return talkers.conversation(runtime, `lap-${lap}-${at}`).run({ task })
    }),
  )
  const cut = results.find(({ messages }) => messages.length !== TURNS + 1)
  if (cut !== undefined) throw new Error(`a conversation ended early: ${cut.stopReason.text}`)
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

function findings(
  times: Record<'threaded' | 'single' | 'working' | 'raw', number[]>,
  talks: number,
): Findings {
  const turnUs = (seconds: readonly number[]) => {
    return spreadOf(seconds.map((time) => (time / (talks * TURNS)) * 1e6))
  }
  return {
    figures: {
      threadedTurnUs: turnUs(times.threaded),
      singleTurnUs: turnUs(times.single),
      workingSeconds: spreadOf(times.working),
      rawWorkersSeconds: spreadOf(times.raw),
    },
    ratios: { ofRawWorkers: ratioOf(times.raw, times.working) },
  }
}
