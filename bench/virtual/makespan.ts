import { topicId } from 'heddle'
import { onStage } from '../stage.ts'
import { Spend, spender } from './spender.agent.ts'
import { startVirtual } from './virtual-runtime.ts'

/**
 * Publishes one message for each entry of `keys`, an index of a key. Returns the simulated
 * milliseconds from the first publish until all messages have settled.
 */
export function virtualMakespan(
  keys: readonly number[],
  turnMs: number,
  lanes: number,
): Promise<number> {
  return onStage(async (stage) => {
    const { runtime, now } = await startVirtual(lanes, { agents: [spender] })
    await stage.enter(runtime)
    const began = now()
    for (const key of keys) {
      await runtime.publish(Spend({ ms: turnMs }), topicId(Spend.name, `key-${key}`))
    }
    await runtime.idle()
    const { handled } = runtime.stats()
    if (handled !== keys.length) throw new Error(`${handled} of ${keys.length} turns were handled`)
    return now() - began
  })
}
