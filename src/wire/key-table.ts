/**
 * Keys as numbers on one stream. Like a name, a key crosses once. But the number of keys is
 * unlimited, so the table has a fixed size, and a new key replaces the oldest. Writer and reader
 * assign the places in the same order, so no number has to be sent for a new key.
 */

/** How many places the table has. */
const SIZE = 4_096

/** The object in which the writer notes a key's place. */
export interface KeyPlace {
  place: number
}

export class KeyWriter {
  readonly #table: (KeyPlace | undefined)[] = new Array(SIZE)
  #next = 0

  /** The place of a key that the reader knows, or -1: the key's text must be sent. */
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

  /** Learns a key that has just been sent as text. */
  learn(key: string): string {
    this.#table[this.#next] = key
    this.#next = (this.#next + 1) % SIZE
    return key
  }

  key(place: number): string {
    return this.#table[place] as string
  }
}
