/**
 * The one way in which this layer waits for code that is not its own: models, tools, memories,
 * agents, flows, conditions, executors. Whoever waits goes as soon as the signal aborts, whether
 * that code looks at its signal or not.
 */
import { untilAborted } from '../until.ts'

/**
 * Settles as the call does, be it synchronous or not, or rejects with the signal's reason if the
 * signal aborts first; an aborted signal keeps it from being called. What the call does after that
 * is nobody's: its result is dropped.
 */
export async function callOut<T>(signal: AbortSignal, call: () => T | PromiseLike<T>): Promise<T> {
  signal.throwIfAborted()
  return untilAborted(
    (async () => call())(), // a call that throws rejects
    signal,
  )
}
