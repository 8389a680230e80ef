/**
 * Whether a run is to pause, and who waits for that.
 *
 * Owns: what was asked for last. Does not own: whether the team has come to rest, which its manager
 * says.
 */
export class PauseGate {
  #isAsked = false
  #isOver = false
  #still = Promise.withResolvers<void>()
  #woken = Promise.withResolvers<void>()

  /** It is to rest, until it is opened. */
  close(): void {
    this.#isAsked = true
  }

  /** It goes on; or does not come to rest at all. */
  open(): void {
    this.#isAsked = false
    this.#woken.resolve()
  }

  /** The run has ended: nothing is to be waited for any more. */
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

  /** Nobody speaks: resolves when the run is to go on, or can't. */
  async rest(signal: AbortSignal | undefined): Promise<void> {
    this.#still.resolve()
    const wake = () => this.#woken.resolve()
    signal?.addEventListener('abort', wake, { once: true })
    while (this.#isAsked && !this.#isOver && signal?.aborted !== true) {
      await this.#woken.promise
      this.#woken = Promise.withResolvers() // closed again meanwhile: it goes on resting
    }
    signal?.removeEventListener('abort', wake)
    this.#still = Promise.withResolvers()
  }
}
