import type { Fingerprints } from './fingerprints.ts'

/** A shard holds the fingerprints that start with one hex digit. */
export const SHARDS = 16

export const ROW = 3

/**
 * The fingerprints that one package, or some of its files, add to one shard. Plain data that can be
 * cloned and sent.
 */
export interface Slice {
  readonly shard: number
  readonly package: string
  readonly paths: readonly string[]
  /**
   * Rows of ROW numbers: hash, index into `paths`, line. It is one buffer, which is cheap to send.
   */
  readonly rows: Uint32Array<ArrayBuffer>
}

export interface FingerprintedFile {
  readonly path: string
  readonly fingerprints: Fingerprints
}

function shardOf(hash: number): number {
  return hash >>> 28
}

/**
 * At most one slice for each shard, and none is empty. A slice lists only the paths that it has
 * rows of.
 */
export function slicesOf(packageName: string, files: Iterable<FingerprintedFile>): Slice[] {
  const empty = (): { paths: string[]; rows: number[] } => ({ paths: [], rows: [] })
  const shards = Array.from({ length: SHARDS }, empty)
  for (const { path, fingerprints } of files) {
    fingerprints.hashes.forEach((hash, index) => {
      const shard = shards[shardOf(hash)]
      if (shard === undefined) return
      if (shard.paths.at(-1) !== path) shard.paths.push(path)
      shard.rows.push(hash, shard.paths.length - 1, fingerprints.lines[index] ?? 0)
    })
  }
  return shards.flatMap(({ paths, rows }, shard) =>
    rows.length === 0 ? [] : [{ shard, package: packageName, paths, rows: Uint32Array.from(rows) }],
  )
}
