/**
 * Whether a run should pause, and the callers that wait for it.
 *
 * Owns: the last request, to pause or to go on.
 * Does not own: whether the team is at rest, which its manager reports.
 */
export class PauseGate {
  #isAsked = false
  #isOver = false
  #still = Promise.withResolvers<void>()
  #woken = Promise.withResolvers<void>()

  /** The run should rest until the gate is opened. */
  close(): void {
    this.#isAsked = true
  }

  /** The run goes on, or does not stop to rest at all. */
  open(): void {
    this.#isAsked = false
    this.#woken.resolve()
  }

  /** The run has ended: all waits end. */
  end(): void {
    this.#isOver = true
    this.#still.resolve()
    this.#woken.resolve()
  }

  get isClosed(): boolean {
    return this.#isAsked
  }

  /** Resolves when nobody speaks: the run rests, or has ended. */
  get still(): Promise<void> {
    return this.#still.promise
  }

  /** Nobody speaks: resolves when the run should go on, or can't. */
  async rest(signal: AbortSignal | undefined): Promise<void> {
    this.#still.resolve()
    const wake = () => this.#woken.resolve()
    signal?.addEventListener('abort', wake, { once: true })
    while (this.#isAsked && !this.#isOver && signal?.aborted !== true) {
      await this.#woken.promise
      this.#woken = Promise.withResolvers() // closed again meanwhile: the run stays at rest
    }
    signal?.removeEventListener('abort', wake)
    this.#still = Promise.withResolvers()
  }
}
