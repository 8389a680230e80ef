import { byCodeUnit } from './listing.ts'

export interface Place {
  readonly package: string
  readonly path: string
  readonly line: number
}

/** Two files of different packages, `left` first by name; each line is where the first match is. */
export interface FilePair {
  readonly left: Place
  readonly right: Place
  /** Fingerprints in both. */
  readonly shared: number
}

/** Counts shared fingerprints by pair of files. Adding commutes: any order gives the same pairs. */
export class FilePairs {
  readonly #pairs = new Map<string, FilePair>()

  /** Each place with each other; they come sorted by package, one a package. */
  addAll(places: readonly Place[]): void {
    places.forEach((left, index) => {
      for (const right of places.slice(index + 1)) this.add({ left, right, shared: 1 })
    })
  }

  add(pair: FilePair): void {
    const key = keyOf(pair)
    const known = this.#pairs.get(key)
    if (known === undefined) {
      this.#pairs.set(key, pair)
    } else {
      const { left, right } = earlier(known, pair)
      this.#pairs.set(key, { left, right, shared: known.shared + pair.shared })
    }
  }

  /** By left package and path, then right package and path. */
  sorted(): FilePair[] {
    return [...this.#pairs].sort(([a], [b]) => byCodeUnit(a, b)).map(([, pair]) => pair)
  }
}

/** No path has a zero byte in it. */
function keyOf({ left, right }: FilePair): string {
  return [left.package, left.path, right.package, right.path].join('\0')
}

function earlier(a: FilePair, b: FilePair): FilePair {
  return (a.left.line - b.left.line || a.right.line - b.right.line) <= 0 ? a : b
}
