import type { Runtime } from 'heddle'
import { Baton, relayTopic, runner } from './agents/runner.agent.ts'
import { type Leg, RELAY_KEYS } from './handlers.ts'
import { IN_FLIGHT, keepInFlight, publishAll, turnsPerSecond } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { perSecond } from './race.ts'
import { besidePools } from './rivals/beside-pools.ts'
import { POOL_PACKAGES, type Pool } from './rivals/pools.ts'

const LEGS = 5

export const relay: Question = {
  name: 'relay',
  asks: `chains of ${LEGS} turns, each of which publishes the next message, on ${RELAY_KEYS} keys`,
  goals: { overPool: { kind: 'at least', value: 6 } },
  packages: [POOL_PACKAGES],
  answer: (setting) => {
    const isFull = setting.size === 'full'
    const chains = isFull ? 30_000 : 5_000
    const poolChains = isFull ? 8_000 : 2_000
    return besidePools(setting, {
      agents: [runner],
      runtime: (runtime) => runChains(runtime, chains),
      pool: (pool) => runTasks(pool, poolChains),
    })
  },
}

function firstLeg(index: number): Leg {
  return { order: orderAt(index), key: index % RELAY_KEYS, left: LEGS - 1 }
}

function runChains(runtime: Runtime, chains: number): Promise<number> {
  return turnsPerSecond(runtime, chains * LEGS, () =>
    publishAll(
      runtime,
      chains,
      (index) => Baton(firstLeg(index)),
      (index) => relayTopic(index % RELAY_KEYS),
    ),
  )
}

/**
 * A task in a pool can't start the next one: when its result has come back, the next task is run.
 */
function runTasks(pool: Pool, chains: number): Promise<number> {
  const chain = async (index: number) => {
    let leg: unknown = firstLeg(index)
    for (let ran = 0; ran < LEGS; ran++) leg = await pool.run('relay', leg)
    if (leg !== undefined) throw new Error('a chain in the pool did not end')
  }
  return perSecond(chains * LEGS, () => keepInFlight(chains, IN_FLIGHT, chain))
}
