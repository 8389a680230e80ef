import { agentId, type Runtime } from 'heddle'
import { Ask, desk } from './agents/desk.agent.ts'
import { IN_FLIGHT, keepInFlight, turnsPerSecond } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { perSecond } from './race.ts'
import { besidePools } from './rivals/beside-pools.ts'
import { POOL_PACKAGES, type Pool } from './rivals/pools.ts'

const KEYS = 1_024
const DESKS = Array.from({ length: KEYS }, (_, key) => agentId('desk', `key-${key}`))

export const request: Question = {
  name: 'request',
  asks: `${IN_FLIGHT} requests in flight on ${KEYS} keys, each with a small reply`,
  goals: { overPool: { kind: 'at least', value: 4 } },
  packages: [POOL_PACKAGES],
  answer: (setting) => {
    const isFull = setting.size === 'full'
    const requests = isFull ? 100_000 : 15_000
    const tasks = isFull ? 40_000 : 8_000
    return besidePools(setting, {
      agents: [desk],
      runtime: (runtime) => askAll(runtime, requests),
      pool: (pool) => runTasks(pool, tasks),
    })
  },
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
