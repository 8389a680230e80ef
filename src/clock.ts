/**
 * The only door to time. A runtime takes its clock as an option, so that a test can move it by
 * hand.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Milliseconds since 1970, for records that people read. */
  wallNow(): number
  /** Calls `run` once after `ms` milliseconds. The returned function takes it back. */
  after(ms: number, run: () => void): () => void
  /** Calls `run` after the events that are waiting now, and before any timer of later. */
  soon(run: () => void): void
}

/** Node's timers hold 31 bits of milliseconds; a longer one would be called at once. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Node's own, taken at import: a test that replaces the global timers later does not stop a
 * runtime.
 */
const { setTimeout, clearTimeout, setInterval, setImmediate, queueMicrotask } = globalThis
const wallNow = Date.now
const now = performance.now.bind(performance)

/** Real time. Timers keep the process alive while they wait: whoever sets one is waited for. */
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

/** Calls `run` once after `ms` of real time; keeps nothing alive. What it returns takes it back. */
export function afterUnheld(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref()
  return () => clearTimeout(timer)
}

/** Calls `run` every `ms` milliseconds of real time. Nothing is kept alive for it. */
export function every(ms: number, run: () => void): void {
  setInterval(run, ms).unref()
}

/** Calls `run` when the code that runs now has come to its end. */
export function afterThis(run: () => void): void {
  queueMicrotask(run)
}
