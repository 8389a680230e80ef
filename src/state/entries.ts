/**
 * The entries of a keyed field, as a lane holds them (`Entries`) and as a turn sees them
 * (`TurnEntries`).
 */
import { inspect } from 'node:util'
import { freezeArrived } from '../messages/frozen.ts'
import { detachedCall } from '../methods.ts'
import { decode, type Encoded } from './encoding.ts'
import type { EntryKind, KeyedState } from './keyed-state.ts'
import type { StateAccess } from './state-access.ts'

const UNREAD = Symbol('unread')

/** What is printed of state that is closed. */
export const CLOSED = 'state of a turn that has ended'

interface Entry {
  committed: Encoded | null
  value: unknown
  written: boolean
  deleted: boolean
}

/**
 * The entries of one field on a lane. They stand in the order in which they were first set, which
 * is the order in which the router keeps them: it is the same on every lane, whatever failed or
 * moved in between.
 */
export class Entries implements KeyedState<unknown> {
  readonly kind: EntryKind
  /**
   * Also those that were deleted since the last but one `collect`: a turn that fails puts them back
   * in their place.
   */
  readonly #entries = new Map<string, Entry>()
  readonly #touched = new Set<string>()
  readonly #gone = new Set<string>()
  #deleted = 0

  constructor(kind: EntryKind) {
    this.kind = kind
  }

  get size(): number {
    return this.#entries.size - this.#deleted
  }

  get(key: string): unknown {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.deleted) return undefined
    if (entry.value === UNREAD) {
      entry.value = decode(entry.committed as Encoded)
      if (this.kind === 'frozen') freezeArrived(entry.value)
    }
    if (typeof entry.value === 'object' && entry.value !== null && this.kind === 'changeable') {
      this.#touched.add(key)
    }
    return entry.value
  }

  set(key: string, value: unknown): void {
    const written = typeof value === 'object' && value !== null
    const entry = this.#entries.get(key)
    if (entry === undefined || (entry.deleted && entry.committed === null)) {
      this.#drop(key) // nothing of it is committed: it is a new entry, and comes last
      this.#touched.delete(key)
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

  *keys(): Generator<string> {
    for (const [key, entry] of this.#entries) if (!entry.deleted) yield key
  }

  *entries(): Generator<[string, unknown]> {
    for (const key of this.keys()) yield [key, this.get(key)]
  }

  /** All entries as they are now, to look at: nothing counts as touched. */
  look(): Record<string, unknown> {
    const all: [string, unknown][] = []
    for (const [key, { deleted, value, committed }] of this.#entries) {
      if (!deleted) all.push([key, value === UNREAD ? decode(committed as Encoded) : value])
    }
    return Object.fromEntries(all)
  }

  /**
   * Encodes what was touched, and reports what differs: its text before, and now (`null`: no
   * entry).
   */
  collect(
    encode: (value: unknown, key: string) => Encoded,
    changed: (key: string, value: Encoded | null, before: Encoded | null) => void,
  ): void {
    if (this.#touched.size === 0) return
    for (const key of this.#gone) if (!this.#touched.has(key)) this.#drop(key)
    this.#gone.clear()
    for (const key of this.#touched) {
      const entry = this.#entries.get(key) as Entry
      const value = entry.deleted ? null : encode(entry.value, key)
      const before = entry.committed
      if (value !== before) changed(key, value, before)
      entry.committed = value
      if (this.kind === 'changeable' || entry.written) this.#letGo(entry)
      entry.written = false
      if (value === null) {
        this.#gone.add(key)
        entry.value = UNREAD // it is not read again: it would be kept until the field changes
      }
    }
    this.#touched.clear()
  }

  /**
   * A handler has had its hands on it, and may keep them there: the next turn gets one of its own
   * (D3).
   */
  #letGo(entry: Entry): void {
    if (typeof entry.value === 'object') entry.value = UNREAD
  }

  /** Forgets what was touched since the last `collect`. */
  discard(): void {
    for (const key of this.#touched) this.restore(key, this.#entries.get(key)?.committed ?? null)
    this.#touched.clear()
  }

  /** Makes an entry what was committed of it, in its place. */
  restore(key: string, encoded: Encoded | null): void {
    if (encoded === null) return this.#drop(key)
    const entry = this.#entries.get(key)
    if (entry?.deleted) this.#deleted--
    this.#gone.delete(key)
    const restored = { committed: encoded, value: UNREAD, written: false, deleted: false }
    if (entry === undefined) this.#entries.set(key, restored)
    else Object.assign(entry, restored)
  }

  #drop(key: string): void {
    if (this.#entries.get(key)?.deleted) this.#deleted--
    this.#entries.delete(key)
    this.#gone.delete(key)
  }
}

/** The entries as one turn has them: closed when it ends. */
export class TurnEntries implements KeyedState<unknown> {
  readonly #field: string
  readonly #entries: Entries
  readonly #access: StateAccess

  constructor(field: string, entries: Entries, access: StateAccess) {
    this.#field = field
    this.#entries = entries
    this.#access = access
  }

  get size(): number {
    return this.#open.size
  }

  get(key: string): unknown {
    return TurnEntries.#of(this, 'get').#openTo(key).get(key)
  }

  set(key: string, value: unknown): void {
    TurnEntries.#of(this, 'set').#openTo(key).set(key, value)
  }

  has(key: string): boolean {
    return TurnEntries.#of(this, 'has').#openTo(key).has(key)
  }

  delete(key: string): boolean {
    return TurnEntries.#of(this, 'delete').#openTo(key).delete(key)
  }

  keys(): IterableIterator<string> {
    const own = TurnEntries.#of(this, 'keys')
    return own.#whileOpen(own.#open.keys())
  }

  entries(): IterableIterator<[string, unknown]> {
    const own = TurnEntries.#of(this, 'entries')
    return own.#whileOpen(own.#open.entries())
  }

  /** For `JSON.stringify`: the entries, as one object. */
  toJSON(): Record<string, unknown> {
    return this.#open.look()
  }

  [inspect.custom](): unknown {
    return this.#access.isOpen ? this.#entries.look() : CLOSED
  }

  /** A handler may go on with it after its turn. */
  *#whileOpen<T>(items: Iterator<T>): Generator<T> {
    for (;;) {
      this.#access.assertOpen()
      const { done, value } = items.next()
      if (done === true) return
      yield value
    }
  }

  /** A method that was taken off the entries does not know them any more. */
  static #of(entries: unknown, method: string): TurnEntries {
    if (typeof entries === 'object' && entries !== null && #access in entries) return entries
    throw detachedCall(`turn.state.field.${method}`)
  }

  #openTo(key: string): Entries {
    const open = this.#open
    this.#access.assertKey(this.#field, key)
    return open
  }

  get #open(): Entries {
    this.#access.assertOpen()
    return this.#entries
  }
}
