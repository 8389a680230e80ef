import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

export interface AuditPackage {
  /** Its path below the root, with forward slashes; the root itself is `.`. Unique in a tree. */
  readonly name: string
  readonly directory: string
  /** Paths below `directory` that are packages of their own. Empty under node_modules. */
  readonly inner: readonly string[]
}

/**
 * The packages of a tree, sorted by name. Symbolic links are not followed, so a linked package is
 * found once, where it really is, or not at all if that lies outside the root.
 *
 * A root called `node_modules` holds installed packages: every entry of it and of each node_modules
 * inside it, scoped ones by both names. Any other root is a plain source tree: the directories
 * whose package.json has a name (one without only sets a module type), or else the root as one
 * package; the node_modules in it are somebody else's code and left out.
 */
export function findPackages(root: string): AuditPackage[] {
  const directory = resolve(root)
  if (basename(directory) === 'node_modules') {
    const names = installedIn(directory, '').sort(byCodeUnit)
    return names.map((name) => ({ name, directory: join(directory, name), inner: [] }))
  }
  const named = namedIn(directory, '.').sort(byCodeUnit)
  const names = named.length === 0 ? ['.'] : named
  return names.map((name) => ({
    name,
    directory: join(directory, name),
    inner: namesBelow(name, names),
  }))
}

/** Sorts the same under every locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The directories in one, without links and without hidden ones such as `.bin` and `.git`. */
export function directoriesIn(entries: readonly Dirent[]): string[] {
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
}

function installedIn(modules: string, prefix: string): string[] {
  return directoriesIn(readdirSync(modules, { withFileTypes: true })).flatMap((name) => {
    const below = join(modules, name)
    if (name.startsWith('@')) return installedIn(below, `${prefix}${name}/`)
    return [prefix + name, ...nestedIn(below, `${prefix}${name}/`)]
  })
}

/** Looks for node_modules at any depth: some packages ship one inside their dist. */
function nestedIn(directory: string, prefix: string): string[] {
  return directoriesIn(readdirSync(directory, { withFileTypes: true })).flatMap((name) => {
    const below = join(directory, name)
    const path = `${prefix}${name}/`
    return name === 'node_modules' ? installedIn(below, path) : nestedIn(below, path)
  })
}

function namedIn(directory: string, path: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true })
  const found = entries.some((entry) => entry.isFile() && entry.name === 'package.json')
  const inside = directoriesIn(entries)
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => namedIn(join(directory, name), path === '.' ? name : `${path}/${name}`))
  return found && hasName(join(directory, 'package.json')) ? [path, ...inside] : inside
}

function hasName(manifest: string): boolean {
  try {
    const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'))
    return typeof parsed === 'object' && parsed !== null && 'name' in parsed
  } catch {
    return false
  }
}

function namesBelow(name: string, names: readonly string[]): string[] {
  if (name === '.') return names.filter((other) => other !== '.')
  const prefix = `${name}/`
  return names
    .filter((other) => other.startsWith(prefix))
    .map((other) => other.slice(prefix.length))
}
