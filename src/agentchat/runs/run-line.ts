/**
 * The calls that want to run one conversation: one runs, the others wait in their order. Those that
 * interrupt or steer go before those that only wait.
 */
export class RunLine {
  #isBusy = false
  readonly #first: Waiting[] = []
  readonly #last: Waiting[] = []

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Whether a call waits that interrupts whatever runs. */
  get isPressed(): boolean {
    return this.#first.some(({ interrupts }) => interrupts)
  }

  /** Takes the place of a run. Nothing may be running. */
  take(): void {
    this.#isBusy = true
  }

  /**
   * Resolves when the place is the caller's: at once if nothing runs. Resolves to false when the
   * signal aborts before.
   */
  wait(call: 'waits' | 'steers' | 'interrupts', signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false)
    if (!this.#isBusy) {
      this.take()
      return Promise.resolve(true)
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const line = call === 'waits' ? this.#last : this.#first
    const waiting = {
      interrupts: call === 'interrupts',
      enter: () => {
        signal?.removeEventListener('abort', giveUp)
        resolve(true)
      },
    }
    const giveUp = () => {
      line.splice(line.indexOf(waiting), 1)
      resolve(false)
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    line.push(waiting)
    return promise
  }

  /** Gives the place to the next one. */
  leave(): void {
    const next = this.#first.shift() ?? this.#last.shift()
    this.#isBusy = next !== undefined
    next?.enter()
  }
}

interface Waiting {
  readonly interrupts: boolean
  readonly enter: () => void
}
