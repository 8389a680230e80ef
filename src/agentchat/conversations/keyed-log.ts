/**
 * A list that grows at its end, in a keyed state field of frozen entries: a turn pays for what it
 * adds, not for all that is there.
 */

import { frozenCopy } from '../../messages/plain.ts'
import type { CommittedState } from '../../state/committed-state.ts'
import { type KeyedField, type KeyedState, keyed } from '../../state/keyed-state.ts'
import { refuseChat } from '../messages/refusal.ts'

/** The field to keep it in. */
export function logField<T>(): KeyedField<T> {
  return keyed<T>({ entries: 'frozen' }) as KeyedField<T>
}

/** What such a list has committed, from an index on. */
export function logIn<T>(kept: CommittedState, field: string, from = 0): T[] {
  const items: T[] = []
  for (let at = from; ; at++) {
    const item = kept.entry(field, entryOf(at))
    if (item === undefined) return items
    items.push(item as T)
  }
}

const entryOf = String

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

  /** A new list of frozen items. */
  read(from = 0): T[] {
    const items: T[] = []
    for (let at = from; at < this.#length; at++) items.push(this.#entries.get(entryOf(at)) as T)
    return items
  }

  /** Throws HEDDLE_INVALID_CHAT_AGENT for what JSON does not carry; callers have checked that. */
  append(items: readonly T[]): void {
    for (const item of items) {
      const plain = frozenCopy(item, (problem) =>
        refuseChat('chat agent', `it keeps what ${problem}`),
      )
      this.#entries.set(entryOf(this.#length++), plain)
    }
  }

  /** Drops all entries. */
  clear(): void {
    this.cut(0)
  }

  /** Drops all entries from this index on. */
  cut(length: number): void {
    while (this.#length > length) this.#entries.delete(entryOf(--this.#length))
  }
}
