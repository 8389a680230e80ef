/**
 * The one way in which this layer waits for code that is not its own: models, tools, memories,
 * agents, flows, conditions, executors. Whoever waits goes as soon as the signal aborts, whether
 * that code looks at its signal or not.
 *
 * Owns: that the thread comes to its loop between calls. Code that answers at once, as a cache or a
 * script does, would keep it from its timers, its signals and all other turns for as long as it is
 * asked.
 */
import { currentTurn } from '../../agents/turn-context.ts'
import { type Clock, systemClock } from '../../clock.ts'
import { untilAborted } from '../../until.ts'

/**
 * Settles as the call does, be it synchronous or not, or rejects with the signal's reason if the
 * signal aborts first; an aborted signal keeps it from being called. What the call does after that
 * is nobody's: its result is dropped.
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
 * What was to come at once, and is a promise: nobody waits for it, and it must not count as
 * unhandled.
 */
export function dropLate(given: unknown): void {
  if (typeof Object(given).then === 'function') Promise.resolve(given).catch(() => {})
}

/**
 * After so many milliseconds in one go, or so many calls (a clock may stand still), the loop has
 * its turn.
 */
const BREATH_MS = 4
const BREATH_CALLS = 64

/** From one turn of the loop to the next. */
interface Stretch {
  readonly since: number
  calls: number
  /** For all who are called meanwhile the same: a breath is not put off by those who come later. */
  readonly over: Promise<void>
}

/**
 * By the clock of the thread, or of the simulated lane: what is soon on one that has died never
 * comes.
 */
const stretches = new WeakMap<Clock, Stretch>()

/** Undefined: the loop has had its turn not long ago. */
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
