import { byCodeUnit } from './listing.ts'

export interface Place {
  readonly package: string
  readonly path: string
  readonly line: number
}

/**
 * Two files of different packages; `left` comes first by name. The lines are those of the first
 * match.
 */
export interface FilePair {
  readonly left: Place
  readonly right: Place
  /** How many fingerprints both files have. */
  readonly shared: number
}

/** Counts shared fingerprints by pair of files. The order of additions makes no difference. */
export class FilePairs {
  readonly #pairs = new Map<string, FilePair>()

  /** Pairs each place with each other one. They come sorted by package, one per package. */
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

/** A zero byte separates the parts, since no path contains one. */
function keyOf({ left, right }: FilePair): string {
  return [left.package, left.path, right.package, right.path].join('\0')
}

function earlier(a: FilePair, b: FilePair): FilePair {
  return (a.left.line - b.left.line || a.right.line - b.right.line) <= 0 ? a : b
}
