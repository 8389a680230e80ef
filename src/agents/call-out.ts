/**
 * The only way in which this layer waits for code that is not its own: models, tools, memories,
 * agents, flows, conditions, executors. The wait ends as soon as the signal aborts, whether that
 * code looks at its signal or not.
 *
 * Owns: that the thread returns to its event loop between calls. Code that answers at once, as a
 * cache or a script does, would otherwise keep the thread from its timers, its signals and all
 * other turns for as long as calls follow each other.
 */

import { type Clock, systemClock } from '../clock.ts'
import { untilAborted } from '../until.ts'
import { currentTurn } from './turn-context.ts'

/**
 * Settles as the call does, synchronous or not, or rejects with the signal's reason if the signal
 * aborts first. If the signal has aborted already, nothing is called. A result that comes after the
 * abort is dropped.
 */
export async function callOut<T>(signal: AbortSignal, call: () => T | PromiseLike<T>): Promise<T> {
  signal.throwIfAborted()
  const value = await untilAborted(
    (async () => call())(), // a call that throws rejects
    signal,
  )
  const breath = breathe(currentTurn()?.clock ?? systemClock)
  if (breath !== undefined) await untilAborted(breath, signal)
  return value
}

/**
 * Drops a promise given where a plain value was expected: nobody waits for it, and its rejection
 * must not count as unhandled.
 */
export function dropLate(given: unknown): void {
  if (typeof Object(given).then === 'function') Promise.resolve(given).catch(() => {})
}

/**
 * After this many milliseconds without a break, or this many calls (a clock may stand still), the
 * event loop gets to run.
 */
const BREATH_MS = 4
const BREATH_CALLS = 64

/** The time between two turns of the event loop. */
interface Stretch {
  readonly since: number
  calls: number
  /** Shared by all calls of the stretch, so that later calls do not put the break off. */
  readonly over: Promise<void>
}

/**
 * By the clock of the thread, or of the simulated lane: on a lane that has died, `soon` never
 * fires.
 */
const stretches = new WeakMap<Clock, Stretch>()

/** Undefined when the event loop has run recently. */
function breathe(clock: Clock): Promise<void> | undefined {
  const now = clock.now()
  const stretch = stretches.get(clock) ?? newStretch(clock, now)
  const isLong = ++stretch.calls >= BREATH_CALLS || now - stretch.since >= BREATH_MS
  return isLong ? stretch.over : undefined
}

function newStretch(clock: Clock, since: number): Stretch {
  const over = new Promise<void>((resolve) => {
    clock.soon(() => {
      stretches.delete(clock)
      resolve()
    })
  })
  const stretch = { since, calls: 0, over }
  stretches.set(clock, stretch)
  return stretch
}
