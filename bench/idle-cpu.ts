import { setTimeout } from 'node:timers/promises'
import { ThreadedRuntime } from 'heddle'
import { Nap, sleeper } from './agents/sleeper.agent.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

/** How much of the time may go to waking up for the request and falling asleep after it. */
const MARGIN_MS = 100

export const idleCpu: Question = {
  name: 'idleCpu',
  asks: 'processor time of the whole process, idle and while one request waits, in percent of one core',
  goals: {
    idlePercent: { kind: 'at most', value: 1 },
    waitingPercent: { kind: 'at most', value: 1 },
  },
  answer: (setting) =>
    onStage(async (stage) => {
      const windowMs = setting.size === 'full' ? 2_000 : 500
      const runtime = await stage.enter(ThreadedRuntime.start({ agents: [sleeper] }))
      const { idle, waiting } = await race(
        {
          idle: () => percentDuring(windowMs),
          waiting: async () => {
            const answer = runtime.send(Nap({ ms: windowMs + 2 * MARGIN_MS }), 'sleeper/key')
            const percent = await percentDuring(windowMs)
            if ((await answer) !== 'awake') throw new Error('the request was not answered')
            return percent
          },
        },
        setting,
      )
      return {
        figures: { idlePercent: spreadOf(idle), waitingPercent: spreadOf(waiting) },
        ratios: {},
      }
    }),
}

async function percentDuring(windowMs: number): Promise<number> {
  await setTimeout(MARGIN_MS)
  const began = performance.now()
  const before = process.cpuUsage()
  await setTimeout(windowMs)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / 1_000 / (performance.now() - began)) * 100
}
