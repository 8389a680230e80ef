/**
 * Keys as numbers on one stream. Like names, a key crosses once; but keys have no end, so the table
 * has a fixed size, and a new one takes the place of the oldest. Writer and reader give out the
 * places in the same order, so no number is ever sent for a new key.
 */

/** Places in the table. */
const SIZE = 4_096

/** Where the writer notes a key's place. */
export interface KeyPlace {
  place: number
}

export class KeyWriter {
  readonly #table: (KeyPlace | undefined)[] = new Array(SIZE)
  #next = 0

  /** The place of a key that the reader knows, or -1: the key's text must go along. */
  place(key: KeyPlace): number {
    if (this.#table[key.place] === key) return key.place
    key.place = this.#next
    this.#table[this.#next] = key
    this.#next = (this.#next + 1) % SIZE
    return -1
  }
}

export class KeyReader {
  readonly #table: string[] = new Array(SIZE)
  #next = 0

  /** Reads a key that has just been sent as text. */
  learn(key: string): string {
    this.#table[this.#next] = key
    this.#next = (this.#next + 1) % SIZE
    return key
  }

  key(place: number): string {
    return this.#table[place] as string
  }
}
