/**
 * The only place that races a wait against its end. A caller that gives up first forgets the work:
 * what the work does later is never an unhandled rejection.
 *
 * Invariant: only the functions of this file make a {@link Bounded}. Whoever waits for a lane takes
 * nothing else.
 */
import { type Clock, systemClock } from './clock.ts'

declare const ENDS: unique symbol

/** A promise that settles in a bounded time, whatever the lane does that it waits for. */
export type Bounded<T> = Promise<T> & { readonly [ENDS]: true }

/** Settles as `work` does, or rejects with the signal's reason if the signal aborts first. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const done = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    work.then(resolve, reject).finally(done)
  })
}

/**
 * Settles as `work` does, or as `late()` does if that takes longer than `ms` milliseconds: `late`
 * returns what stands for the value, or throws.
 */
export function untilLate<T, L>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  late: () => L,
): Bounded<T | L> {
  return asBounded(
    new Promise<T | L>((resolve, reject) => {
      const stopTimer = clock.after(ms, () => {
        try {
          resolve(late())
        } catch (error) {
          reject(error)
        }
      })
      work.then(resolve, reject).finally(stopTimer)
    }),
  )
}

/** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Bounded<void> {
  return asBounded(
    new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done)
        stopTimer()
        resolve()
      }
      const stopTimer = clock.after(ms, done)
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted) done()
    }),
  )
}

/** Resolves in the next step of the thread's loop. */
export function nextStep(): Bounded<void> {
  return asBounded(new Promise<void>((resolve) => systemClock.soon(resolve)))
}

/**
 * Runs an async function whose every wait is bounded. The types don't see what it awaits: the files
 * that wait for lanes await `bounded(…)` alone, which a rule of the architecture holds them to.
 */
export function inSteps<T>(steps: () => Promise<T>): Bounded<T> {
  return asBounded(steps())
}

/** As `Promise.all`. */
export function allOf<T>(waits: readonly Bounded<T>[]): Bounded<T[]> {
  return asBounded(Promise.all(waits))
}

/** As `Promise.allSettled`. */
export function allEnded<T>(waits: readonly Bounded<T>[]): Bounded<PromiseSettledResult<T>[]> {
  return asBounded(Promise.allSettled(waits))
}

/** The wait itself: what `await` stands before in the files that wait for lanes. */
export function bounded<T>(wait: Bounded<T>): Bounded<T> {
  return wait
}

function asBounded<T>(wait: Promise<T>): Bounded<T> {
  return wait as Bounded<T>
}
