/**
 * A list that grows at its end, in a keyed state field: a turn pays for what it adds, not for all that is there. Entries are JSON
 * text, which reading can't change.
 */
import type { KeyedState } from '../runtime/keyed-state.ts'

export class KeyedLog<T> {
  readonly #entries: KeyedState<string>
  #length: number

  constructor(entries: KeyedState<string>) {
    this.#entries = entries
    this.#length = entries.size
  }

  get length(): number {
    return this.#length
  }

  read(from = 0): T[] {
    const items: T[] = []
    for (let at = from; at < this.#length; at++) {
      items.push(JSON.parse(this.#entries.get(String(at)) as string))
    }
    return items
  }

  append(items: readonly T[]): void {
    for (const item of items) this.#entries.set(String(this.#length++), JSON.stringify(item))
  }

  /** Drops all from this place on. */
  cut(length: number): void {
    while (this.#length > length) this.#entries.delete(String(--this.#length))
  }
}
