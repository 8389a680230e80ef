/** Users' functions that are called with what happens, one set for each kind of news. */
import { types } from 'node:util'
import { outsideTurns } from '../../agents/turn-context.ts'
import { describe, errorToRecord, HeddleError } from '../../errors.ts'
import { handOut } from '../../messages/frozen.ts'
import { errorLine, line, named } from './error-line.ts'
import { writeLine } from './stderr.ts'

interface Entry<T> {
  readonly listener: (news: T) => unknown
  isOn: boolean
}

export class Listeners<T> {
  readonly #call: string
  /** Replaced, and not changed in place: a listener may add others while it is being called. */
  #all: readonly Entry<T>[] = []
  readonly #changed: (listened: boolean) => void

  /**
   * `call`: the public call that adds a listener, for errors. `changed` is called when the first
   * listener comes, and when the last one goes.
   */
  constructor(call: string, changed: (listened: boolean) => void = () => {}) {
    this.#call = call
    this.#changed = changed
  }

  get size(): number {
    return this.#all.length
  }

  /**
   * Adds a listener; the returned function removes it. A function that is added twice is called
   * twice. Throws HEDDLE_INVALID_OPTION.
   */
  add(listener: (news: T) => void): () => void {
    if (typeof listener !== 'function') {
      const rule = `a function: ${this.#call} calls it with each record`
      throw new HeddleError('HEDDLE_INVALID_OPTION', {
        option: 'listener',
        value: describe(listener),
        rule,
      })
    }
    const own: Entry<T> = { listener, isOn: true }
    this.#all = [...this.#all, own]
    if (this.#all.length === 1) this.#changed(true)
    return () => {
      if (!own.isOn) return
      own.isOn = false
      this.#all = this.#all.filter((one) => one !== own)
      if (this.#all.length === 0) this.#changed(false)
    }
  }

  tell(news: T): void {
    for (const { listener, isOn } of this.#all) if (isOn) tellSafely(this.#call, listener, news)
  }
}

/** How many errors of one listener are written to stderr; the rest are not. */
const MAX_WRITTEN = 3

const written = new WeakMap<object, number>()

/**
 * Calls a user's function in the middle of the router's work, outside of all async contexts. It
 * never throws: an error that the function throws, or that its promise rejects with, is a line on
 * stderr. The news are frozen, and parts that can't be frozen are copies: what one listener does to
 * them is seen neither by others nor by the router. `call` names what the function listens to.
 */
export function tellSafely<T>(call: string, listener: (news: T) => unknown, news: T): void {
  outsideTurns(() => {
    const failed = (error: unknown) => writeFailure(call, listener, error)
    try {
      const outcome = listener(handOut(news))
      if (types.isPromise(outcome)) outcome.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  })
}

/**
 * Runs code of the router that reports something. A defect in that code, even in heddle's own, is a
 * line on stderr, and does not break the router (D10).
 */
export function neverThrowing(what: string, tell: () => void): void {
  try {
    tell()
  } catch (error) {
    writeLine(line`error heddle: ${named(what)} failed: ${errorLine(errorToRecord(error))}`)
  }
}

function writeFailure(call: string, listener: object, error: unknown): void {
  const before = written.get(listener) ?? 0
  if (before === MAX_WRITTEN) return
  written.set(listener, before + 1)
  const isLast = before + 1 === MAX_WRITTEN
  const more = isLast ? line`; its next errors are not written` : line``
  const said = errorLine(errorToRecord(error))
  writeLine(line`error heddle: a listener of ${named(call)} threw: ${said}${more}`)
}
