/**
 * Names as numbers on one stream: each name crosses once. One writer and one reader for each
 * direction of a lane.
 *
 * Topic types have no end, so the tables are bounded: a writer whose table is full begins a new one
 * with its next record, and says so to the reader by an empty name, which is none.
 */
import type { NameRef } from './wire.ts'

const NONE: readonly string[] = Object.freeze([])
/** Names in a table, before it is begun anew. */
const MAX_NAMES = 4_096
const BEGIN = ''

export class NameWriter {
  readonly #refs = new Map<string, NameRef>()
  #fresh: string[] = []
  #tables = 0

  /** Which table the numbers are of; a number that is kept is void with the next. */
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

  /** The names that the record must carry whose numbers were given out since the last call. */
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
