/**
 * How many lines repeated trouble gets: one line each for the first few of a sort, then one line a
 * second that counts the rest.
 *
 * Owns: the counts of each sort.
 * Does not own: time; its user calls `tick` every second while it is busy.
 */

/** Lines of one sort. Each second without another of that sort gives one of them back. */
const FIRST = 3
/** Lines a second, over all sorts. */
const MOST_LINES = 20
/** Sorts that get a counting line of their own in one second; the rest share one line. */
const MOST_COUNTS = 5
/** How many sorts are remembered; further ones count as one sort. */
const MOST_SORTS = 100
/** Seconds without another of its sort, after which a sort is forgotten. */
const FORGOTTEN_AFTER = 10

/** The last item of a sort, and how many others got no line. */
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

  /** Whether `tick` is needed. */
  get isBusy(): boolean {
    return this.#sorts.size > 0
  }

  /** Whether this item gets a line of its own. If not, it is counted. */
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

  /** Called when a second has passed. Returns what was only counted in it, most frequent first. */
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
