import { isUtf8 } from 'node:buffer'
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { type LeftOut, LINK, NO_REGULAR_FILE, NOT_UTF8, unreadable } from './left-out.ts'

/** One entry of a folder. `name` is its name for display, and for opening it if it is UTF-8. */
export interface Entry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly utf8: boolean
}

export type Listing =
  | { readonly kind: 'listed'; readonly entries: readonly Entry[] }
  | { readonly kind: 'unreadable'; readonly reason: string }

const SOURCE = /\.[cm]?[jt]s$|\.[jt]sx$/

/** Whether a file of this name holds JavaScript or TypeScript. */
export function isSource(name: string): boolean {
  return SOURCE.test(name)
}

/** Sorts the same under every locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Lists a folder's entries, sorted by name. A folder that can't be read is an outcome, not an
 * error.
 */
export function listFolder(path: string): Listing {
  try {
    const found = readdirSync(path, { withFileTypes: true })
    // A name that Node could not decode contains this character, and so may a name that is UTF-8.
    const entries = found.some(({ name }) => name.includes('\ufffd'))
      ? readdirSync(path, { withFileTypes: true, encoding: 'buffer' }).map(entryOfBytes)
      : found.map((entry) => ({ name: entry.name, kind: kindOf(entry), utf8: true }))
    return { kind: 'listed', entries: entries.sort((a, b) => byCodeUnit(a.name, b.name)) }
  } catch (error) {
    return { kind: 'unreadable', reason: unreadable(error) }
  }
}

function entryOfBytes(entry: Dirent<NonSharedBuffer>): Entry {
  const utf8 = isUtf8(entry.name)
  return { name: utf8 ? entry.name.toString() : escaped(entry.name), kind: kindOf(entry), utf8 }
}

/**
 * Keeps ASCII, and writes every other byte like `\xe9`, which a shell reads back between `$'` and
 * `'`.
 */
function escaped(name: Buffer): string {
  return [...name]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`))
    .join('')
}

function kindOf(entry: Dirent<string> | Dirent<NonSharedBuffer>): Entry['kind'] {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'other'
}

/** The folder in which Yarn keeps packages as zips. */
const YARN = '.yarn'

/**
 * Why an entry is left out that could hold source. `undefined` for an entry that is audited, and
 * for one that holds no source anyway. The caller decides about `node_modules`.
 */
export function reasonToLeaveOut({ name, kind, utf8 }: Entry, path: string): string | undefined {
  if (kind === 'file') return utf8 || !isSource(name) ? undefined : NOT_UTF8
  if (kind === 'folder') {
    if (basename(name) === YARN) return 'a folder of Yarn: packages in its zips are not read'
    if (name.startsWith('.')) return 'a hidden folder'
    return utf8 ? undefined : NOT_UTF8
  }
  if (kind === 'other') return isSource(name) ? NO_REGULAR_FILE : undefined
  // A link whose name is not UTF-8 can't be followed to find out where it leads.
  return isSource(name) || !utf8 ? LINK : reasonOfLink(path)
}

/**
 * The reason for a link whose name does not suggest source: there is one if the link leads to a
 * folder, or if its target is unknown.
 */
function reasonOfLink(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? LINK : undefined
  } catch (error) {
    const reason = unreadable(error)
    return NOWHERE.some((code) => reason.endsWith(code)) ? undefined : reason
  }
}

/** Errors of links that lead to nothing, so that nothing is left out with them. */
const NOWHERE = ['ENOENT', 'ENOTDIR', 'ELOOP']

export function byPath(a: LeftOut, b: LeftOut): number {
  return byCodeUnit(a.path, b.path) || byCodeUnit(a.reason, b.reason)
}
