/** A list that grows at its end, in a keyed state field of frozen entries: a turn pays for what it adds, not for all that is there. */
import { isJson } from '../runtime/encoding.ts'
import { type KeyedField, type KeyedState, keyed } from '../runtime/keyed-state.ts'

/** The field to keep it in. */
export function logField<T>(): KeyedField<T> {
  return keyed<T>({ entries: 'frozen' }) as KeyedField<T>
}

export class KeyedLog<T> {
  readonly #entries: KeyedState<T>
  #length: number

  constructor(entries: KeyedState<T>) {
    this.#entries = entries
    this.#length = entries.size
  }

  get length(): number {
    return this.#length
  }

  /** A list of its own, of items that can't be changed. */
  read(from = 0): T[] {
    const items: T[] = []
    for (let at = from; at < this.#length; at++) items.push(this.#entries.get(String(at)) as T)
    return items
  }

  /** What JSON does not carry is left out, as it is when the list is saved. */
  append(items: readonly T[]): void {
    for (const item of items) {
      const plain: T = isJson(item) ? item : JSON.parse(JSON.stringify(item))
      this.#entries.set(String(this.#length++), plain)
    }
  }

  /** Drops all from this place on. */
  cut(length: number): void {
    while (this.#length > length) this.#entries.delete(String(--this.#length))
  }
}
