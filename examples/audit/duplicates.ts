import { type FilePair, FilePairs } from './file-pairs.ts'
import { byCodeUnit } from './listing.ts'
import type { ShardDuplicates } from './shard-duplicates.ts'

/**
 * Two packages that share fewer fingerprints than this, which is about a hundred tokens, are left
 * out: hashes of 32 bits sometimes collide by chance.
 */
const MIN_SHARED = 8

/** How many file pairs are listed for two packages. All are counted. */
const LISTED_PAIRS = 5

export interface PackagePair {
  readonly left: string
  readonly right: string
  readonly shared: number
  /**
   * The shared part of the smaller package's fingerprints: 1 if the larger one has all its code.
   */
  readonly share: number
  readonly filePairs: number
  /** The file pairs that share most. */
  readonly files: readonly FilePair[]
}

export interface Duplicates {
  readonly fingerprints: number
  /** Fingerprints that occur in too many packages to pair them all. */
  readonly common: number
  readonly packages: readonly PackagePair[]
}

/** Merges the shards, which may come in any order. Sorted by most shared code, then by name. */
export function mergeDuplicates(shards: Iterable<ShardDuplicates>): Duplicates {
  const all = new FilePairs()
  const sizes = new Map<string, number>()
  let fingerprints = 0
  let common = 0
  for (const shard of shards) {
    fingerprints += shard.fingerprints
    common += shard.common
    for (const [name, size] of shard.byPackage) sizes.set(name, (sizes.get(name) ?? 0) + size)
    for (const pair of shard.pairs) all.add(pair)
  }
  const byPackages = ({ left, right }: FilePair) => `${left.package}\0${right.package}`
  const packages = [...Map.groupBy(all.sorted(), byPackages).values()]
    .map((pairs) => packagePair(pairs, sizes))
    .filter(({ shared }) => shared >= MIN_SHARED)
    .sort(mostShared)
  return { fingerprints, common, packages }
}

function mostShared(a: PackagePair, b: PackagePair): number {
  return b.shared - a.shared || byCodeUnit(a.left, b.left) || byCodeUnit(a.right, b.right)
}

function packagePair(pairs: readonly FilePair[], sizes: ReadonlyMap<string, number>): PackagePair {
  const left = pairs[0]?.left.package ?? ''
  const right = pairs[0]?.right.package ?? ''
  const shared = pairs.reduce((sum, pair) => sum + pair.shared, 0)
  const smaller = Math.min(sizes.get(left) ?? 0, sizes.get(right) ?? 0)
  const share = Math.round((shared / smaller) * 1000) / 1000
  const files = pairs.toSorted((a, b) => b.shared - a.shared).slice(0, LISTED_PAIRS)
  return { left, right, shared, share, filePairs: pairs.length, files }
}
