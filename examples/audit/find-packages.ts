import { realpathSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { installedPackages } from './installed-packages.ts'
import type { LeftOut } from './left-out.ts'
import { byPath } from './listing.ts'
import { sourcePackages } from './source-packages.ts'
import type { Steps } from './steps.ts'

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

/**
 * The packages of a tree. It never fails: what can't be read is left out, with its reason.
 *
 * A root called `node_modules` holds installed packages: see {@link installedPackages}. Any other
 * root is a plain source tree: see {@link sourcePackages}.
 */
export function* findPackages(root: string): Steps<Tree> {
  const directory = realOf(resolve(root))
  const layout = [root, directory].some((path) => basename(resolve(path)) === 'node_modules')
    ? 'installed'
    : 'sources'
  const { packages, leftOut } = yield* layout === 'installed'
    ? installedPackages(directory)
    : sourcePackages(directory)
  return { layout, packages, leftOut: leftOut.toSorted(byPath) }
}

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
