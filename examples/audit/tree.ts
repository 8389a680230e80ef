/** The packages of a tree. */
import type { LeftOut } from './left-out.ts'

export interface AuditPackage {
  /** Its path below the root, with forward slashes; the root itself is `.`. Unique in a tree. */
  readonly name: string
  readonly directory: string
  /** Paths below `directory` that are packages of their own. Empty under node_modules. */
  readonly inner: readonly string[]
}

export interface Tree {
  /** `installed`: a node_modules. `sources`: somebody's own code. */
  readonly layout: 'installed' | 'sources'
  /** Sorted by name. */
  readonly packages: readonly AuditPackage[]
  /** What belongs to none of the packages, sorted by path. */
  readonly leftOut: readonly LeftOut[]
}
