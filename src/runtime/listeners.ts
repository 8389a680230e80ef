/** Functions of users that are told what happens, one set for each kind of news. */
import { afterThis } from '../clock.ts'
import { describe, HeddleError } from '../errors.ts'
import { outsideTurns } from './turn-context.ts'

export class Listeners<T> {
  readonly #call: string
  readonly #all = new Set<(news: T) => void>()
  readonly #changed: (listened: boolean) => void
  readonly #handOut: (news: T) => T

  /**
   * `call`: the public call that adds one, for errors. `changed` is called when the first listener comes, and
   * when the last one goes. `handOut` makes what each listener gets.
   */
  constructor(
    call: string,
    changed: (listened: boolean) => void = () => {},
    handOut: (news: T) => T = (news) => news,
  ) {
    this.#call = call
    this.#changed = changed
    this.#handOut = handOut
  }

  get size(): number {
    return this.#all.size
  }

  /** The returned function removes it. A function that is added twice is called twice. Throws HEDDLE_INVALID_OPTION. */
  add(listener: (news: T) => void): () => void {
    if (typeof listener !== 'function') {
      const rule = `a function: ${this.#call} calls it with each record`
      throw new HeddleError('HEDDLE_INVALID_OPTION', {
        option: 'listener',
        value: describe(listener),
        rule,
      })
    }
    const own = (news: T) => listener(news)
    this.#all.add(own)
    if (this.#all.size === 1) this.#changed(true)
    return () => {
      if (this.#all.delete(own) && this.#all.size === 0) this.#changed(false)
    }
  }

  tell(news: T): void {
    for (const listener of this.#all) tellSafely(listener, this.#handOut(news))
  }
}

/**
 * Calls a user's function in the middle of the router's work, outside of all async contexts. What it throws
 * surfaces as an uncaught error, later.
 */
export function tellSafely<T>(listener: (news: T) => void, news: T): void {
  outsideTurns(() => {
    try {
      listener(news)
    } catch (error) {
      afterThis(() => {
        throw error
      })
    }
  })
}
