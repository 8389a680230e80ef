/**
 * A keyed state field: entries that are decoded, and encoded again, one by one, so that a field may
 * grow without each turn paying for all of it.
 */
import { decode, type Encoded } from './encoding.ts'

/** Marks a state field that is kept entry by entry: only the entries that a turn touched are copied. */
export interface KeyedField<V> {
  readonly kind: 'keyed'
  /** For the compiler alone: never set. */
  readonly '~value'?: V
}

/** A keyed state field, as a turn sees it. An entry that `get` returned may be changed in place. */
export interface KeyedState<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  has(key: string): boolean
  delete(key: string): boolean
  /** Sorted by code units. */
  keys(): IterableIterator<string>
  /** Sorted by key. */
  entries(): IterableIterator<[string, V]>
  readonly size: number
}

const KEYED: KeyedField<never> = Object.freeze({ kind: 'keyed' })
const UNREAD = Symbol('unread')

/** A state field with an entry for each key: for what grows, since a plain field is encoded whole when it changes. */
export function keyed<V>(): KeyedField<V> {
  return KEYED
}

export function isKeyed(field: unknown): boolean {
  return field === KEYED
}

interface Entry {
  committed: Encoded | null
  value: unknown
  written: boolean
  deleted: boolean
}

export class Entries implements KeyedState<unknown> {
  readonly #entries = new Map<string, Entry>()
  readonly #touched = new Set<string>()
  #deleted = 0

  get size(): number {
    return this.#entries.size - this.#deleted
  }

  get(key: string): unknown {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.deleted) return undefined
    if (entry.value === UNREAD) entry.value = decode(entry.committed as Encoded)
    if (typeof entry.value === 'object' && entry.value !== null) this.#touched.add(key)
    return entry.value
  }

  set(key: string, value: unknown): void {
    const entry = this.#entries.get(key)
    const written = typeof value === 'object' && value !== null
    if (entry === undefined) {
      this.#entries.set(key, { committed: null, value, written, deleted: false })
    } else {
      if (entry.deleted) this.#deleted--
      entry.value = value
      entry.written = written
      entry.deleted = false
    }
    this.#touched.add(key)
  }

  has(key: string): boolean {
    return this.#entries.get(key)?.deleted === false
  }

  delete(key: string): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.deleted) return false
    entry.deleted = true
    this.#deleted++
    this.#touched.add(key)
    return true
  }

  /** In the order of the keys, so that it is the same on every lane, whatever failed or moved in between. */
  *keys(): Generator<string> {
    for (const key of [...this.#entries.keys()].sort()) if (this.has(key)) yield key
  }

  *entries(): Generator<[string, unknown]> {
    for (const key of this.keys()) yield [key, this.get(key)]
  }

  /** Encodes what was touched, and reports what differs: its text before, and now (`null`: no entry). */
  collect(
    encode: (value: unknown, key: string) => Encoded,
    changed: (key: string, value: Encoded | null, before: Encoded | null) => void,
  ): void {
    for (const key of this.#touched) {
      const entry = this.#entries.get(key) as Entry
      const value = entry.deleted ? null : encode(entry.value, key)
      const before = entry.committed
      if (value !== before) changed(key, value, before)
      entry.committed = value
      if (entry.written) entry.value = UNREAD // may be shared with a message, or frozen: the next turn gets its own
      entry.written = false
      if (value === null) this.#drop(key)
    }
    this.#touched.clear()
  }

  /** Forgets what was touched since the last `collect`. */
  discard(): void {
    for (const key of this.#touched) this.restore(key, this.#entries.get(key)?.committed ?? null)
    this.#touched.clear()
  }

  restore(key: string, encoded: Encoded | null): void {
    this.#drop(key)
    if (encoded !== null) {
      const entry = { committed: encoded, value: UNREAD, written: false, deleted: false }
      this.#entries.set(key, entry)
    }
  }

  #drop(key: string): void {
    if (this.#entries.get(key)?.deleted) this.#deleted--
    this.#entries.delete(key)
  }
}
