import { join } from 'node:path'
import type { LeftOut } from './left-out.ts'
import { byCodeUnit, isSource, listFolder, reasonToLeaveOut } from './listing.ts'
import { MANIFEST, readManifest } from './manifest.ts'
import type { Steps } from './steps.ts'
import type { AuditPackage, Tree } from './tree.ts'

type Found = Pick<Tree, 'packages' | 'leftOut'>

interface Folder {
  readonly directory: string
  /** The path below the root; the root is `.`. */
  readonly path: string
  /** Whether it is inside a folder whose package.json has a name. */
  readonly owned: boolean
}

/**
 * Finds the packages of a source tree: the folders whose package.json has a name (a package.json
 * without a name only sets a module type), and the root if it has source that belongs to none of
 * them, or if there are none. Each node_modules is somebody else's code, and is left out.
 */
export function* sourcePackages(root: string): Steps<Found> {
  const named: string[] = []
  const leftOut: LeftOut[] = []
  /** What is left out in folders that belong to no named package. */
  const unowned: LeftOut[] = []
  let rootHasSource = false
  const pending: Folder[] = [{ directory: root, path: '.', owned: false }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield
    const { directory, path } = next
    const below = (name: string) => (path === '.' ? name : `${path}/${name}`)
    const listing = listFolder(directory)
    if (listing.kind === 'unreadable') {
      if (!next.owned) unowned.push({ path, reason: listing.reason })
      continue
    }
    let { owned } = next
    const entries = listing.entries
    const found = entries.find(({ name }) => name === MANIFEST)
    if (found !== undefined) {
      const manifest = readManifest(join(directory, MANIFEST), found.kind)
      if (manifest.kind === 'unreadable') {
        leftOut.push({ path: below(MANIFEST), reason: manifest.reason })
      } else if (manifest.name !== undefined) {
        named.push(path)
        owned = true
      }
    }
    for (const entry of entries) {
      const { name, kind } = entry
      const inside = join(directory, name)
      if (kind === 'folder' && name === 'node_modules') {
        leftOut.push({ path: below(name), reason: 'installed packages: audit it by itself' })
        continue
      }
      const reason = owned && kind !== 'folder' ? undefined : reasonToLeaveOut(entry, inside)
      if (reason !== undefined) {
        if (!owned) unowned.push({ path: below(name), reason })
      } else if (kind === 'folder') {
        pending.push({ directory: inside, path: below(name), owned })
      } else if (kind === 'file' && isSource(name) && !owned) {
        rootHasSource = true
      }
    }
  }
  const rootIsOne = rootHasSource || named.length === 0
  // The root reports what is left out in it, as every package does.
  if (!rootIsOne) leftOut.push(...unowned)
  const names = rootIsOne && !named.includes('.') ? ['.', ...named] : named
  return { packages: packagesOf(root, names.sort(byCodeUnit)), leftOut }
}

function packagesOf(root: string, names: readonly string[]): AuditPackage[] {
  const inner = innerOf(names)
  return names.map((name) => ({
    name,
    directory: join(root, name),
    inner: inner.get(name) ?? [],
  }))
}

/** For each package, the packages directly inside it, without those that are further inside. */
function innerOf(names: readonly string[]): Map<string, string[]> {
  const all = new Set(names)
  const inner = new Map<string, string[]>()
  for (const name of names) {
    const around = nearest(name, all)
    if (around === undefined) continue
    const path = around === '.' ? name : name.slice(around.length + 1)
    const known = inner.get(around)
    if (known === undefined) inner.set(around, [path])
    else known.push(path)
  }
  return inner
}

function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  if (name === '.') return undefined
  for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
    const around = name.slice(0, end)
    if (known.has(around)) return around
  }
  return known.has('.') ? '.' : undefined
}
