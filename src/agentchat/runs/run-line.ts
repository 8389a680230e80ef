/** The calls that want to run one conversation: one runs, the others wait in their order. */
export class RunLine {
  #isBusy = false
  readonly #waiting: (() => void)[] = []

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Takes the place of a run. Nothing may be running. */
  take(): void {
    this.#isBusy = true
  }

  /**
   * Resolves when the place is the caller's: at once if nothing runs, and with `first` before all
   * that wait already. Resolves to false when the signal aborts before.
   */
  wait(place: 'first' | 'last', signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#isBusy) {
      this.take()
      return Promise.resolve(true)
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const enter = () => {
      signal?.removeEventListener('abort', giveUp)
      resolve(true)
    }
    const giveUp = () => {
      const at = this.#waiting.indexOf(enter)
      if (at >= 0) this.#waiting.splice(at, 1)
      resolve(false)
    }
    if (signal?.aborted) return Promise.resolve(false)
    signal?.addEventListener('abort', giveUp, { once: true })
    if (place === 'first') this.#waiting.unshift(enter)
    else this.#waiting.push(enter)
    return promise
  }

  /** Gives the place to the next one. */
  leave(): void {
    const next = this.#waiting.shift()
    this.#isBusy = next !== undefined
    next?.()
  }
}
