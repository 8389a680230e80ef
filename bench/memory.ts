import { type Runtime, ThreadedRuntime, topicId } from 'heddle'
import { Booking, booker } from './agents/booker.agent.ts'
import { gauge, Weigh } from './agents/gauge.agent.ts'
import { heldBytes } from './held-bytes.ts'
import { publishAll, THREADS, threadedOptions } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

/**
 * A request goes to the lane with the least to do, so a few requests at once reach every lane. If
 * they don't, they are sent again.
 */
const TRIES = 20

export const memory: Question = {
  name: 'memory',
  asks: 'what an idle key with small state holds, over all threads',
  goals: { bytesPerKey: { kind: 'at most', value: 1_500 } },
  answer: async (setting) => {
    const keys = setting.size === 'full' ? 100_000 : 20_000
    const { key } = await race({ key: () => bytesPerKey(keys) }, setting)
    return { figures: { bytesPerKey: spreadOf(key) }, ratios: {} }
  },
}

/** Uses a new runtime each time, since a key that a runtime has had before costs nothing more. */
function bytesPerKey(keys: number): Promise<number> {
  return onStage(async (stage) => {
    const runtime = await stage.enter(
      ThreadedRuntime.start({ ...threadedOptions, agents: [booker, gauge] }),
    )
    const before = await bytesOf(runtime)
    await publishAll(
      runtime,
      keys,
      (index) => Booking(orderAt(index)),
      (index) => topicId(Booking.name, `key-${index}`),
    )
    const after = await bytesOf(runtime)
    const { keys: held, handled } = runtime.stats()
    if (held < keys || handled < keys) throw new Error(`there are ${held} keys, not ${keys}`)
    return (after - before) / keys
  })
}

async function bytesOf(runtime: Runtime): Promise<number> {
  const byLane = new Map<number, number>()
  for (let attempt = 0; byLane.size < THREADS; attempt++) {
    if (attempt === TRIES) throw new Error(`only lanes ${[...byLane.keys()]} could be measured`)
    const askers = Array.from({ length: THREADS * 4 }, (_, asker) => {
      return runtime.send(Weigh(), `gauge/${attempt}-${asker}`)
    })
    for (const { lane, bytes } of await Promise.all(askers)) byLane.set(lane, bytes)
  }
  return [...byLane.values()].reduce((sum, bytes) => sum + bytes, heldBytes())
}
