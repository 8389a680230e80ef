/**
 * The calls that want to run one conversation: one runs, the others wait in their order. Those that
 * interrupt go before those that only wait.
 */
export class RunLine {
  #isBusy = false
  readonly #first: (() => void)[] = []
  readonly #last: (() => void)[] = []

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Whether a call waits that interrupts whatever runs. */
  get isPressed(): boolean {
    return this.#first.length > 0
  }

  /** Takes the place of a run. Nothing may be running. */
  take(): void {
    this.#isBusy = true
  }

  /**
   * Something runs. Resolves when the place is the caller's, or to false when the signal aborts
   * before.
   */
  wait(call: 'waits' | 'interrupts', signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const line = call === 'waits' ? this.#last : this.#first
    const enter = () => {
      signal?.removeEventListener('abort', giveUp)
      resolve(true)
    }
    const giveUp = () => {
      line.splice(line.indexOf(enter), 1)
      resolve(false)
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    line.push(enter)
    return promise
  }

  /** Gives the place to the next one. */
  leave(): void {
    const next = this.#first.shift() ?? this.#last.shift()
    this.#isBusy = next !== undefined
    next?.()
  }
}
