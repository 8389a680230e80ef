/** A queue that gives out the smallest item first: a binary heap. */
export class Heap<T> {
  #items: T[] = []
  readonly #rank: (item: T) => number

  constructor(rank: (item: T) => number) {
    this.#rank = rank
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#isSooner(parent, at)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length === 0 || last === undefined) return first
    items[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      if (left >= items.length) return first
      const right = left + 1
      const child = right < items.length && this.#isSooner(right, left) ? right : left
      if (this.#isSooner(at, child)) return first
      this.#swap(at, child)
      at = child
    }
  }

  /** Removes all items but the wanted ones. */
  keep(isWanted: (item: T) => boolean): void {
    // A sorted list is a heap.
    this.#items = this.#items
      .filter(isWanted)
      .sort((one, other) => this.#rank(one) - this.#rank(other))
  }

  #isSooner(one: number, other: number): boolean {
    return this.#rank(this.#items[one] as T) <= this.#rank(this.#items[other] as T)
  }

  #swap(one: number, other: number): void {
    const items = this.#items
    const item = items[one] as T
    items[one] = items[other] as T
    items[other] = item
  }
}
