/** Puts work on a runtime or a pool, and makes sure that all of it was done. */
import { setImmediate } from 'node:timers/promises'
import { type Message, type Runtime, type TopicId, topicId } from 'heddle'
import { perSecond } from './race.ts'

/**
 * How many messages may be in flight: the bound of a heddle runtime, and the limit of
 * unacknowledged messages of raw workers.
 */
export const WINDOW = 8_192
/** How many tasks a pool has in flight, and how many requests a runtime has. */
export const IN_FLIGHT = 1_000
/** How many messages are published in one turn of the loop. */
const BURST = 256
/** How many threads each contender has. */
export const THREADS = 2

export const runtimeOptions = {
  bounds: { messages: WINDOW, keyMessages: WINDOW },
  report: 'off',
} as const
export const threadedOptions = { ...runtimeOptions, lanes: THREADS }

/** Made once, since the making of names is not measured. */
export function topicsOf(type: string, count: number): readonly TopicId[] {
  return Array.from({ length: count }, (_, index) => topicId(type, `key-${index}`))
}

/** Publishes in bursts as `publishInBursts` does, and waits until the runtime is idle. */
export async function publishAll<M extends Message>(
  runtime: Runtime,
  count: number,
  make: (index: number) => M,
  topic: (index: number) => TopicId,
): Promise<void> {
  await publishInBursts(runtime, count, make, topic)
  await runtime.idle()
}

/**
 * Publishes in bursts, like a server that reads messages from a socket, and waits while the runtime
 * is full.
 */
export async function publishInBursts<M extends Message>(
  runtime: Runtime,
  count: number,
  make: (index: number) => M,
  topic: (index: number) => TopicId,
): Promise<void> {
  for (let index = 0; index < count; ) {
    const end = Math.min(count, index + BURST)
    let accepted = Promise.resolve()
    for (; index < end; index++) accepted = runtime.publish(make(index), topic(index))
    await accepted // waiting publishes are accepted in order, so the last one is enough
    await setImmediate()
  }
}

/**
 * Settled turns a second. Throws unless `work` leads to exactly `turns` turns, all of them handled.
 */
export async function turnsPerSecond(
  runtime: Runtime,
  turns: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = runtime.stats()
  const rate = await perSecond(turns, work)
  const after = runtime.stats()
  const handled = after.handled - before.handled
  if (handled !== turns || after.accepted - before.accepted !== turns) {
    throw new Error(`${handled} of ${turns} turns were handled`)
  }
  return rate
}

/** Runs `task` for each index, with at most `inFlight` at a time. */
export async function keepInFlight(
  count: number,
  inFlight: number,
  task: (index: number) => PromiseLike<unknown>,
): Promise<void> {
  let next = 0
  const runner = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, runner))
}
