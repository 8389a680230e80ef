import { ThreadedRuntime } from 'heddle'
import { Bench } from 'tinybench'
import { Order, reader } from './agents/reader.agent.ts'
import { threadedOptions, topicsOf } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { Echo } from './rivals/echo.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

interface Percentiles {
  readonly p50: number
  readonly p99: number
}

export const latency: Question = {
  name: 'latency',
  asks: 'one message at a time on an idle runtime, publish to settled',
  goals: {
    p50OverPingPong: { kind: 'at most', value: 2 },
    p99OverPingPong: { kind: 'at most', value: 3 },
  },
  answer: (setting) =>
    onStage(async (stage) => {
      const iterations = setting.size === 'full' ? 10_000 : 2_000
      const runtime = await stage.enter(
        ThreadedRuntime.start({ ...threadedOptions, agents: [reader] }),
      )
      const echo = await stage.enter(new Echo())
      const [topic = ''] = topicsOf(Order.name, 1)
      let next = 0
      const before = runtime.stats().handled
      const { heddle, pingPong } = await race(
        {
          heddle: () =>
            percentilesOf(iterations, async () => {
              await runtime.publish(Order(orderAt(next++)), topic)
              await runtime.idle()
            }),
          pingPong: () => percentilesOf(iterations, () => echo.ping(orderAt(next++))),
        },
        setting,
      )
      if (runtime.stats().handled - before < iterations * (setting.rounds + 1)) {
        throw new Error('messages were not handled')
      }
      return percentileFindings(heddle, pingPong)
    }),
}

/** Both sides of each round in microseconds, and their ratio. */
export function percentileFindings(
  heddle: readonly Percentiles[],
  pingPong: readonly Percentiles[],
) {
  const p50s = (results: readonly Percentiles[]) => results.map(({ p50 }) => p50 * 1_000)
  const p99s = (results: readonly Percentiles[]) => results.map(({ p99 }) => p99 * 1_000)
  return {
    figures: {
      p50Us: spreadOf(p50s(heddle)),
      p99Us: spreadOf(p99s(heddle)),
      pingPongP50Us: spreadOf(p50s(pingPong)),
      pingPongP99Us: spreadOf(p99s(pingPong)),
    },
    ratios: {
      p50OverPingPong: ratioOf(p50s(heddle), p50s(pingPong)),
      p99OverPingPong: ratioOf(p99s(heddle), p99s(pingPong)),
    },
  }
}

/** In milliseconds. */
export async function percentilesOf(
  iterations: number,
  work: () => Promise<unknown>,
): Promise<Percentiles> {
  const bench = new Bench({ iterations, time: 0, warmup: false, throws: true })
  bench.add('lap', work, { async: true })
  const [task] = await bench.run()
  if (task?.result.state !== 'completed') throw new Error(`tinybench: ${task?.result.state}`)
  return task.result.latency
}
