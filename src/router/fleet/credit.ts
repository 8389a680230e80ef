/**
 * How many deliveries a lane may hold (D8): as many as cover a fixed time, by the turns that it has
 * run.
 */

/**
 * Milliseconds of work that a lane may hold: enough to stay busy while the main thread is busy, and
 * so little that most work is assigned late.
 */
const CREDIT_MS = 20
const LEAST = 2
const FIRST = 16
const MOST = 1_024
const SLOW_MS = 1
/** The weight of a new measurement against the earlier ones. */
const WEIGHT = 0.3

export class Credit {
  #deliveries = FIRST
  #turnMs: number | undefined

  get deliveries(): number {
    return this.#deliveries
  }

  /** How many deliveries of one key the lane may hold. */
  get keyShare(): number {
    return Math.max(LEAST, this.#deliveries >> 2)
  }

  /** Whether turns have recently held the thread for a millisecond or more on average. */
  get isSlow(): boolean {
    return (this.#turnMs ?? 0) >= SLOW_MS
  }

  /** Learns how long the turns of a commit took, on average. */
  measure(turnMs: number): void {
    const before = this.#turnMs ?? turnMs
    this.#turnMs = before + WEIGHT * (turnMs - before)
    const covered = Math.ceil(CREDIT_MS / Math.max(this.#turnMs, 1e-6))
    this.#deliveries = Math.min(MOST, Math.max(LEAST, covered))
  }
}
