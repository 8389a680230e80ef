import { agentId, ThreadedRuntime, topicId } from 'heddle'
import { Crunch, cruncher } from './agents/cruncher.agent.ts'
import { Tell, teller } from './agents/teller.agent.ts'
import { percentileFindings, percentilesOf } from './latency.ts'
import { threadedOptions } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { Echo } from './rivals/echo.ts'
import { HandSplit } from './rivals/hand-split.ts'
import { onStage } from './stage.ts'
import { stepsPerMicrosecond } from './work.ts'

const HEAVY_MS = 50
const KEYS = 64
const HEAVY = topicId(Crunch.name, 'heavy')

export const aside: Question = {
  name: 'aside',
  asks: `one request at a time to light keys, while another key computes in turns of ${HEAVY_MS} ms, on two lanes`,
  goals: { overPingPong: { kind: 'at most', value: 3 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const iterations = setting.size === 'full' ? 10_000 : 2_000
      const steps = Math.round(HEAVY_MS * 1_000 * stepsPerMicrosecond())
      const runtime = await stage.enter(
        ThreadedRuntime.start({ ...threadedOptions, agents: [teller, cruncher] }),
      )
      const worker = await stage.enter(new HandSplit(1, 'each turn'))
      const echo = await stage.enter(new Echo())
      let next = 0
      let laps = 0
      const { heddle, pingPong } = await race(
        {
          heddle: () => {
            laps++ // new keys for each lap, so that all of them are placed on a lane
            const light = Array.from({ length: KEYS }, (_, key) => {
              return agentId(teller.type, `${laps}-${key}`)
            })
            const heavy = async () => {
              const { ended } = await runtime.run(Crunch({ steps }), HEAVY)
              await ended
            }
            return beside(heavy, () =>
              percentilesOf(iterations, () =>
                runtime.send(Tell(orderAt(next++)), light[next % KEYS] as (typeof light)[number]),
              ),
            )
          },
          pingPong: () =>
            beside(
              () => worker.run([[steps]]),
              () => percentilesOf(iterations, () => echo.ping(orderAt(next++))),
            ),
        },
        setting,
      )
      const { figures, ratios } = percentileFindings(heddle, pingPong)
      return { figures, ratios: { overPingPong: ratios.p99OverPingPong } }
    }),
}

/** Runs `lap` while `heavy` runs again and again. Both have ended when the promise resolves. */
async function beside<Result>(
  heavy: () => Promise<unknown>,
  lap: () => Promise<Result>,
): Promise<Result> {
  let isOver = false
  const computing = (async () => {
    while (!isOver) await heavy()
  })()
  try {
    return await lap()
  } finally {
    isOver = true
    await computing
  }
}
