import { agentId, type Runtime, SingleThreadedRuntime, ThreadedRuntime } from 'heddle'
import { Ask, desk } from './agents/desk.agent.ts'
import { IN_FLIGHT, keepInFlight, runtimeOptions, threadedOptions, turnsPerSecond } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { perSecond, race } from './race.ts'
import { bestPool } from './rivals/best-pool.ts'
import { enterPools, lapOfEach, type Pool } from './rivals/pools.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

const KEYS = 1_024
const DESKS = Array.from({ length: KEYS }, (_, key) => agentId('desk', `key-${key}`))

export const request: Question = {
  name: 'request',
  asks: `${IN_FLIGHT} requests in flight on ${KEYS} keys, each with a small reply`,
  goals: { overPool: { kind: 'at least', value: 4 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const isFull = setting.size === 'full'
      const requests = isFull ? 100_000 : 15_000
      const tasks = isFull ? 40_000 : 8_000
      const agents = [desk]
      const threaded = await stage.enter(ThreadedRuntime.start({ ...threadedOptions, agents }))
      const single = await stage.enter(SingleThreadedRuntime.start({ ...runtimeOptions, agents }))
      const pools = await enterPools(stage)
      const rates = await race(
        {
          threaded: () => askAll(threaded, requests),
          single: () => askAll(single, requests),
          ...lapOfEach(pools, (pool) => runTasks(pool, tasks)),
        },
        setting,
      )
      const pool = rates[bestPool(rates)]
      return {
        figures: {
          threadedPerSecond: spreadOf(rates.threaded),
          singlePerSecond: spreadOf(rates.single),
          poolPerSecond: spreadOf(pool),
        },
        ratios: {
          overPool: ratioOf(rates.threaded, pool),
          overSingle: ratioOf(rates.threaded, rates.single),
        },
      }
    }),
}

function askAll(runtime: Runtime, requests: number): Promise<number> {
  const ask = async (index: number) => {
    const order = orderAt(index)
    const { id } = await runtime.send(Ask(order), DESKS[index % KEYS] as (typeof DESKS)[number])
    if (id !== order.id) throw new Error(`${order.id} got the answer of ${id}`)
  }
  return turnsPerSecond(runtime, requests, () => keepInFlight(requests, IN_FLIGHT, ask))
}

function runTasks(pool: Pool, tasks: number): Promise<number> {
  const ask = async (index: number) => {
    const order = orderAt(index)
    const { id } = (await pool.run('reply', order)) as { id: string }
    if (id !== order.id) throw new Error(`${order.id} got the answer of ${id}`)
  }
  return perSecond(tasks, () => keepInFlight(tasks, IN_FLIGHT, ask))
}
