/**
 * The only access to time. A runtime takes its clock as an option, so that a test can move it by
 * hand.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Milliseconds since 1970, for records that people read. */
  wallNow(): number
  /** Calls `run` once after `ms` milliseconds. The returned function cancels the call. */
  after(ms: number, run: () => void): () => void
  /** Calls `run` after the events that are waiting now, and before any later timer. */
  soon(run: () => void): void
}

/** Node's timers hold 31 bits of milliseconds; a longer timer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Node's own functions, captured at import: a test that replaces the global timers later does not
 * stop a runtime.
 */
const { setTimeout, clearTimeout, setInterval, setImmediate, queueMicrotask } = globalThis
const wallNow = Date.now
const now = performance.now.bind(performance)

/** Real time. A pending timer keeps the process alive. */
export const systemClock: Clock = {
  now: () => now(),
  wallNow: () => wallNow(),
  after: (ms, run) => {
    let timer: NodeJS.Timeout
    const wait = (left: number) => {
      const next = left <= LONGEST_MS ? run : () => wait(left - LONGEST_MS)
      timer = setTimeout(next, Math.min(left, LONGEST_MS))
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
  soon: (run) => {
    setImmediate(run)
  },
}

/**
 * Calls `run` once after `ms` milliseconds of real time; does not keep the process alive. The
 * returned function cancels the call.
 */
export function afterUnheld(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.min(ms, LONGEST_MS)).unref()
  return () => clearTimeout(timer)
}

/** The same by any clock, for what should end by itself some time. */
export function afterIdle(clock: Clock, ms: number, run: () => void): () => void {
  return clock === systemClock ? afterUnheld(ms, run) : clock.after(ms, run)
}

/** Calls `run` every `ms` milliseconds of real time; does not keep the process alive. */
export function every(ms: number, run: () => void): void {
  setInterval(run, ms).unref()
}

/** Calls `run` when the code that is running now has ended. */
export function afterThis(run: () => void): void {
  queueMicrotask(run)
}
