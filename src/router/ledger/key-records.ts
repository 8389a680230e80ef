/**
 * The records of all keys that have work or state, and of some that had it recently, since they are
 * likely to be needed again.
 *
 * Owns: the records.
 * Does not own: their contents.
 */
import type { Delivery, Key } from './delivery.ts'
import { KeyRecord } from './key-record.ts'

/**
 * Records of keys without work or state are kept for reuse as long as there are no more records
 * than this.
 */
const SPENT_KEPT = 4_096

export class KeyRecords {
  readonly #keys = new Map<string, Key>()
  /** How many records are kept without work or state. */
  #spent = 0
  /** The record that was looked up last: it is often looked up again. */
  #last: Key | undefined

  /** How many keys have work or state. */
  get count(): number {
    return this.#keys.size - this.#spent
  }

  find(domain: string): Key | undefined {
    if (this.#last?.domain !== domain) this.#last = this.#keys.get(domain)
    return this.#last
  }

  /** The record of a key that is about to get work or state; made if missing. */
  record(domain: string): Key {
    let key = this.find(domain)
    if (key?.isKept) this.#keep(key, false)
    if (key === undefined) {
      key = new KeyRecord<Delivery>(domain)
      this.#keys.set(domain, key)
      this.#last = key
    }
    return key
  }

  all(): IterableIterator<Key> {
    return this.#keys.values()
  }

  /** Notes that a key has neither work nor state any more. */
  spend(key: Key): void {
    if (this.#keys.size > SPENT_KEPT) this.forget(key)
    else this.#keep(key, true)
  }

  forget(key: Key): void {
    this.#keep(key, false)
    this.#keys.delete(key.domain)
    if (this.#last === key) this.#last = undefined
  }

  #keep(key: Key, isKept: boolean): void {
    if (key.isKept === isKept) return
    key.isKept = isKept
    this.#spent += isKept ? 1 : -1
  }
}
