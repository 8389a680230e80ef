/**
 * A first-in, first-out queue: an array with a moving head, so that taking from the front costs
 * nothing.
 */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Puts items ahead of all others, in their order. */
  unshiftAll(items: readonly T[]): void {
    if (items.length > this.#head) {
      this.#items = [...items, ...this.#items.slice(this.#head)]
      this.#head = 0
      return
    }
    this.#head -= items.length
    for (const [at, item] of items.entries()) this.#items[this.#head + at] = item
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= 1_024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes out all items that `unwanted` names, and returns them. */
  remove(unwanted: (item: T) => boolean): T[] {
    const removed: T[] = []
    const kept: T[] = []
    for (const item of this) (unwanted(item) ? removed : kept).push(item)
    this.#items = kept
    this.#head = 0
    return removed
  }

  clear(): void {
    this.#items = []
    this.#head = 0
  }

  *[Symbol.iterator](): Generator<T> {
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at] as T
  }
}
