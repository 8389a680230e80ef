/**
 * Names as numbers on one stream: each name crosses once. There are one writer and one reader for
 * each direction of a lane.
 *
 * The number of topic types is unlimited, so the tables are bounded: a writer whose table is full
 * begins a new one with its next record, and signals that to the reader by an empty name, which
 * never occurs otherwise.
 */
import type { NameRef } from './wire.ts'

const NONE: readonly string[] = Object.freeze([])
/** The most names in a table, before a new one begins. */
const MAX_NAMES = 4_096
const BEGIN = ''

export class NameWriter {
  readonly #refs = new Map<string, NameRef>()
  #fresh: string[] = []
  #tables = 0

  /** The table that the numbers belong to; a number that was kept is invalid in the next table. */
  get table(): number {
    return this.#tables
  }

  get size(): number {
    return this.#refs.size
  }

  ref(name: string): NameRef {
    const known = this.#refs.get(name)
    if (known !== undefined) return known
    const ref = this.#refs.size + 1
    this.#refs.set(name, ref)
    this.#fresh.push(name)
    return ref
  }

  /**
   * The names that the record must carry: those whose numbers were given out since the last call.
   */
  takeFresh(): readonly string[] {
    const fresh = this.#fresh
    this.#fresh = []
    if (this.#refs.size >= MAX_NAMES) {
      this.#refs.clear()
      this.#fresh = [BEGIN]
      this.#tables++
    }
    return fresh.length === 0 ? NONE : fresh
  }
}

export class NameReader {
  #names: string[] = ['']

  get size(): number {
    return this.#names.length - 1
  }

  learn(names: readonly string[]): void {
    for (const name of names) {
      if (name === BEGIN) this.#names = ['']
      else this.#names.push(name)
    }
  }

  name(ref: NameRef): string {
    return this.#names[ref] as string
  }
}
