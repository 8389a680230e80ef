/** The packages of a tree. */
import type { LeftOut } from './left-out.ts'

export interface AuditPackage {
  /** The path below the root, with forward slashes; `.` for the root itself. Unique in a tree. */
  readonly name: string
  readonly directory: string
  /** Paths below `directory` that are separate packages. Empty under node_modules. */
  readonly inner: readonly string[]
}

export interface Tree {
  /** `installed`: a node_modules. `sources`: a source tree. */
  readonly layout: 'installed' | 'sources'
  /** Sorted by name. */
  readonly packages: readonly AuditPackage[]
  /** What was left out and belongs to no package, sorted by path. */
  readonly leftOut: readonly LeftOut[]
}
