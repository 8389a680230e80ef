import { realpathSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { installedPackages } from './installed-packages.ts'
import { byPath } from './listing.ts'
import { sourcePackages } from './source-packages.ts'
import type { Steps } from './steps.ts'
import type { Tree } from './tree.ts'

/**
 * Finds the packages of a tree. It never fails: what can't be read is listed as left out, with the
 * reason.
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
