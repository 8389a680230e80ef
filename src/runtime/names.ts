/** Names as numbers on one stream: each name crosses once. One writer and one reader for each direction of a lane. */
import type { NameRef } from './wire.ts'

const NONE: readonly string[] = Object.freeze([])

export class NameWriter {
  readonly #refs = new Map<string, NameRef>()
  #fresh: string[] = []

  ref(name: string): NameRef {
    const known = this.#refs.get(name)
    if (known !== undefined) return known
    const ref = this.#refs.size + 1
    this.#refs.set(name, ref)
    this.#fresh.push(name)
    return ref
  }

  /** The names that the next record must carry. */
  takeFresh(): readonly string[] {
    if (this.#fresh.length === 0) return NONE
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }
}

export class NameReader {
  readonly #names: string[] = ['']

  learn(names: readonly string[]): void {
    for (const name of names) this.#names.push(name)
  }

  name(ref: NameRef): string {
    return this.#names[ref] as string
  }
}
