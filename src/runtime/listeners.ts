/** Functions of users that are told what happens, one set for each kind of news. */
import { types } from 'node:util'
import { describe, errorToRecord, HeddleError } from '../errors.ts'
import { errorLine } from './error-line.ts'
import { writeLine } from './stderr.ts'
import { outsideTurns } from './turn-context.ts'

export class Listeners<T> {
  readonly #call: string
  readonly #all = new Set<(news: T) => unknown>()
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
    const own = (news: T): unknown => listener(news)
    this.#all.add(own)
    if (this.#all.size === 1) this.#changed(true)
    return () => {
      if (this.#all.delete(own) && this.#all.size === 0) this.#changed(false)
    }
  }

  tell(news: T): void {
    for (const listener of this.#all) tellSafely(this.#call, listener, this.#handOut(news))
  }
}

/** How many errors of one listener are written; the others are not. */
const MAX_WRITTEN = 3

const written = new WeakMap<object, number>()

/**
 * Calls a user's function in the middle of the router's work, outside of all async contexts. It never throws: what
 * the function throws, or its promise rejects with, is a line on stderr. `call` names what it listens to.
 */
export function tellSafely<T>(call: string, listener: (news: T) => unknown, news: T): void {
  outsideTurns(() => {
    const failed = (error: unknown) => writeFailure(call, listener, error)
    try {
      const outcome = listener(news)
      if (types.isPromise(outcome)) outcome.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  })
}

function writeFailure(call: string, listener: object, error: unknown): void {
  const before = written.get(listener) ?? 0
  if (before === MAX_WRITTEN) return
  written.set(listener, before + 1)
  const isLast = before + 1 === MAX_WRITTEN
  const more = isLast ? '; its next errors are not written' : ''
  writeLine(`error heddle: a listener of ${call} threw: ${errorLine(errorToRecord(error))}${more}`)
}
