/**
 * The only place that races a wait against its end. A caller that gives up first forgets the work: what
 * the work does later is never an unhandled rejection.
 */
import type { Clock } from './clock.ts'

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
 * Settles as `work` does, or as `late()` does if that takes longer than `ms` milliseconds: `late` returns
 * what stands for the value, or throws.
 */
export function untilLate<T, L>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  late: () => L,
): Promise<T | L> {
  return new Promise<T | L>((resolve, reject) => {
    const stopTimer = clock.after(ms, () => {
      try {
        resolve(late())
      } catch (error) {
        reject(error)
      }
    })
    work.then(resolve, reject).finally(stopTimer)
  })
}
