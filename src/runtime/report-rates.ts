/**
 * How much is told of what goes wrong again and again: the first few of each sort, then one line a second that counts the others.
 *
 * Owns: the counts of each sort. Does not own: time; whoever uses it calls `tick` once a second while it is busy.
 */

/** So many of a sort are told one by one; each second without another gives back one of them. */
const FIRST = 3
/** So many lines a second are told one by one, of all sorts. */
const MOST_LINES = 20
/** So many sorts are counted in lines of their own; what else is held back is one line. */
const MOST_COUNTS = 5
/** Further sorts are counted as one. */
const MOST_SORTS = 100
/** A sort is forgotten after so many seconds without another. */
const FORGOTTEN_AFTER = 10

/** The last of a sort, and how many before it were told by nothing else. */
export interface Counted<T> {
  readonly last: T
  readonly more: number
}

interface Sort<T> {
  left: number
  held: number
  last: T
  quiet: number
}

const OTHERS = ''

export class ReportRates<T> {
  readonly #sorts = new Map<string, Sort<T>>()
  #lines = 0

  /** Whether anything is remembered that a later second changes. */
  get isBusy(): boolean {
    return this.#sorts.size > 0
  }

  /** Whether this one is told by itself. If not, it is counted. */
  admit(name: string, item: T): boolean {
    const sort = this.#sortOf(name, item)
    sort.quiet = 0
    sort.last = item
    if (sort.held === 0 && sort.left > 0 && this.#lines < MOST_LINES) {
      sort.left--
      this.#lines++
      return true
    }
    sort.held++
    return false
  }

  /** A second has passed. Returns what was only counted in it, most frequent first. */
  tick(): Counted<T>[] {
    this.#lines = 0
    const held: Sort<T>[] = []
    for (const [name, sort] of this.#sorts) {
      if (sort.held > 0) held.push(sort)
      else if (++sort.quiet > FORGOTTEN_AFTER) this.#sorts.delete(name)
      else sort.left = Math.min(FIRST, sort.left + 1)
    }
    held.sort((one, other) => other.held - one.held)
    const counted = held.slice(0, MOST_COUNTS).map(({ last, held }) => ({ last, more: held - 1 }))
    const rest = held.slice(MOST_COUNTS)
    const [first] = rest
    if (first !== undefined) {
      const more = rest.reduce((sum, sort) => sum + sort.held, 0) - 1
      counted.push({ last: first.last, more })
    }
    for (const sort of held) sort.held = 0
    return counted
  }

  #sortOf(name: string, last: T): Sort<T> {
    const own = this.#sorts.size < MOST_SORTS || this.#sorts.has(name) ? name : OTHERS
    let sort = this.#sorts.get(own)
    if (sort === undefined) {
      sort = { left: FIRST, held: 0, last, quiet: 0 }
      this.#sorts.set(own, sort)
    }
    return sort
  }
}
