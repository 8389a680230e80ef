import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { type LeftOut, unreadable } from './left-out.ts'
import { byCodeUnit, isSource, listFolder, reasonToLeaveOut } from './listing.ts'
import type { Steps } from './steps.ts'
import type { AuditPackage, Tree } from './tree.ts'

/**
 * Folders in which an installer keeps the packages that the links beside them lead to: `.pnpm` of
 * pnpm, `.bun` of bun, and `.store` of npm and Yarn when these use links. Each entry contains a
 * node_modules or, with Yarn, a folder `package`.
 */
const STORES = ['.pnpm', '.bun', '.store']

interface Folder {
  /**
   * `modules`: its entries are packages. `inside`: a folder in a package, which may contain a
   * node_modules at any depth.
   */
  readonly kind: 'modules' | 'scope' | 'store' | 'stored' | 'inside'
  readonly directory: string
  /** The path below the root. If a link leads there, the path of the link. */
  readonly name: string
}

type Found = Pick<Tree, 'packages' | 'leftOut'>

/**
 * Finds the packages of a node_modules and of each node_modules inside it. A scoped package has
 * both names. A linked package counts once: under its real path, or under its first link if it is
 * installed outside the root. A link to a folder that is not installed, such as a workspace, is
 * left out.
 */
export function* installedPackages(root: string): Steps<Found> {
  const search = new Search(root)
  search.pending.push({ kind: 'modules', directory: root, name: '' })
  do {
    for (let next = search.pending.pop(); next !== undefined; next = search.pending.pop()) {
      yield
      search.look(next)
    }
  } while (search.followLink())
  const { packages, leftOut } = search
  return {
    packages: [...packages.values()].sort((a, b) => byCodeUnit(a.name, b.name)),
    leftOut,
  }
}

class Search {
  readonly pending: Folder[] = []
  /** By their folder; for a link, by the folder that it leads to. */
  readonly packages = new Map<string, AuditPackage>()
  readonly leftOut: LeftOut[] = []
  readonly #root: string
  readonly #scopes = new Set<string>()
  #links: { readonly path: string; readonly name: string }[] = []

  constructor(root: string) {
    this.#root = root
  }

  look(folder: Folder): void {
    const { kind, directory } = folder
    const listing = listFolder(directory)
    if (listing.kind === 'unreadable') {
      // Inside a package, the package reports it.
      if (kind !== 'inside') this.#leaveOut(folder.name || '.', listing.reason)
      return
    }
    for (const entry of listing.entries) {
      const path = join(directory, entry.name)
      const name = folder.name === '' ? entry.name : `${folder.name}/${entry.name}`
      if (entry.kind === 'folder' && entry.utf8) {
        this.#lookAt({ kind, directory: path, name }, entry.name)
      } else if (entry.kind === 'link' && entry.utf8 && (kind === 'modules' || kind === 'scope')) {
        this.#links.push({ path, name })
      } else if (kind !== 'inside') {
        const reason = reasonToLeaveOut(entry, path) ?? strayFile(entry.name)
        if (reason !== undefined) this.#leaveOut(name, reason)
      }
    }
  }

  /** Follows the first link that leads to something new. Returns whether there was one. */
  followLink(): boolean {
    const links = this.#links.sort((a, b) => byCodeUnit(b.name, a.name))
    for (let link = links.pop(); link !== undefined; link = links.pop()) {
      const { name } = link
      const target = targetOf(link.path)
      if (target.kind === 'broken') this.#leaveOut(name, target.reason)
      const stray = target.kind === 'file' ? strayFile(name) : undefined
      if (stray !== undefined) this.#leaveOut(name, stray)
      if (target.kind !== 'folder' || this.#isKnown(target.path)) continue
      const directory = target.path
      if (!isInstalled(directory)) {
        const where = relative(this.#root, directory).replaceAll(sep, '/') || '.'
        this.#leaveOut(name, `a link to a folder that is not an installed package: ${where}`)
      } else if (/(^|\/)@[^/]*$/.test(name)) {
        this.#scopes.add(directory)
        this.pending.push({ kind: 'scope', directory, name })
        return true
      } else {
        this.#add(directory, name)
        return true
      }
    }
    return false
  }

  /** Decides what a folder is by its name and by the folder that contains it. */
  #lookAt(folder: Folder, name: string): void {
    const { kind } = folder
    const modules = name === 'node_modules'
    if (kind === 'stored') {
      if (modules) this.pending.push({ ...folder, kind: 'modules' })
      else if (name === 'package') this.#add(folder.directory, folder.name)
      else this.#leaveOut(folder.name, 'a folder that belongs to no package')
    } else if (kind === 'store') {
      this.pending.push({ ...folder, kind: modules ? 'modules' : 'stored' })
    } else if (kind === 'inside') {
      if (modules) this.pending.push({ ...folder, kind: 'modules' })
      else if (!name.startsWith('.')) this.pending.push(folder)
    } else if (name.startsWith('.')) {
      if (kind === 'modules' && STORES.includes(name))
        this.pending.push({ ...folder, kind: 'store' })
      else this.#leaveOut(folder.name, 'a hidden folder')
    } else if (kind === 'modules' && name.startsWith('@')) {
      this.#scopes.add(folder.directory)
      this.pending.push({ ...folder, kind: 'scope' })
    } else {
      this.#add(folder.directory, folder.name)
    }
  }

  #add(directory: string, name: string): void {
    this.packages.set(directory, { name, directory, inner: [] })
    this.pending.push({ kind: 'inside', directory, name })
  }

  /** Whether a folder was visited already: as a package, as a scope, or as a part of a package. */
  #isKnown(directory: string): boolean {
    if (this.#scopes.has(directory)) return true
    for (let path = directory; ; path = dirname(path)) {
      if (this.packages.has(path)) return true
      if (path === dirname(path) || isModules(path)) return false
    }
  }

  #leaveOut(path: string, reason: string): void {
    this.leftOut.push({ path, reason })
  }
}

/** Whether a folder is in a node_modules and is not itself one. */
function isInstalled(directory: string): boolean {
  return dirname(directory).split(sep).includes('node_modules') && !isModules(directory)
}

function isModules(directory: string): boolean {
  return basename(directory) === 'node_modules'
}

function strayFile(name: string): string | undefined {
  return isSource(name) ? 'a file that belongs to no package' : undefined
}

type Target =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file' }
  | { readonly kind: 'broken'; readonly reason: string }

function targetOf(link: string): Target {
  try {
    const path = realpathSync(link)
    return statSync(path).isDirectory() ? { kind: 'folder', path } : { kind: 'file' }
  } catch (error) {
    const reason = unreadable(error)
    if (reason.endsWith('ENOENT')) return { kind: 'broken', reason: 'a link that leads nowhere' }
    if (reason.endsWith('ELOOP')) return { kind: 'broken', reason: 'a link that leads to itself' }
    return { kind: 'broken', reason }
  }
}
