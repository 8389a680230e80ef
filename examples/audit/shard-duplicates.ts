import { type FilePair, FilePairs, type Place } from './file-pairs.ts'
import { byCodeUnit } from './listing.ts'
import { ROW, type Slice } from './slices.ts'

/**
 * A fingerprint that more packages share is boilerplate, such as a compiler's helper. It counts as
 * common, and makes pairs only for the first packages by name. So one fingerprint makes at most 120
 * pairs, and they are the same in every order.
 */
export const MAX_PACKAGES = 16

export interface ShardDuplicates {
  /** How many different fingerprints were seen, in all and by package. */
  readonly fingerprints: number
  readonly byPackage: readonly (readonly [name: string, fingerprints: number])[]
  readonly common: number
  readonly pairs: readonly FilePair[]
}

/**
 * Finds the duplicates of one shard. The order of the slices makes no difference, and neither does
 * how a package's files are spread over them. A package counts once for a fingerprint, at its first
 * file by path, so that its builds for two module systems don't show every copy twice.
 */
export function duplicatesIn(slices: Iterable<Slice>): ShardDuplicates {
  const places = placesIn(slices)
  const byPackage = new Map<string, number>()
  const pairs = new FilePairs()
  let common = 0
  for (const found of places.values()) {
    for (const place of found) {
      byPackage.set(place.package, (byPackage.get(place.package) ?? 0) + 1)
    }
    if (found.length > MAX_PACKAGES) common += 1
    pairs.addAll(found.slice(0, MAX_PACKAGES))
  }
  return {
    fingerprints: places.size,
    byPackage: [...byPackage].sort(([a], [b]) => byCodeUnit(a, b)),
    common,
    pairs: pairs.sorted(),
  }
}

/** The places of each fingerprint: one per package, sorted by package. */
function placesIn(slices: Iterable<Slice>): Map<number, Place[]> {
  const places = new Map<number, Place[]>()
  for (const slice of [...slices].sort((a, b) => byCodeUnit(a.package, b.package))) {
    for (let row = 0; row < slice.rows.length; row += ROW) {
      addPlace(places, slice.rows[row] ?? 0, {
        package: slice.package,
        path: slice.paths[slice.rows[row + 1] ?? 0] ?? '',
        line: slice.rows[row + 2] ?? 0,
      })
    }
  }
  return places
}

function addPlace(places: Map<number, Place[]>, hash: number, place: Place): void {
  const found = places.get(hash)
  const last = found?.at(-1)
  if (found === undefined) places.set(hash, [place])
  else if (last?.package !== place.package) found.push(place)
  else if (byCodeUnit(place.path, last.path) < 0) found[found.length - 1] = place
}
