import { LINK, NO_REGULAR_FILE } from './left-out.ts'
import type { Entry } from './listing.ts'
import { readFileAtOnce } from './read-file.ts'

export const MANIFEST = 'package.json'

export type Manifest =
  | { readonly kind: 'read'; readonly name: string | undefined }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Far above the size of any manifest that a person wrote. */
const MAX_BYTES = 1024 * 1024

const NO_FILE = {
  folder: 'a folder: it names no package',
  link: LINK,
  other: NO_REGULAR_FILE,
} as const

/** Reads a package.json. One that makes no sense is an outcome, not an error. */
export function readManifest(path: string, kind: Entry['kind']): Manifest {
  if (kind !== 'file') return { kind: 'unreadable', reason: NO_FILE[kind] }
  const file = readFileAtOnce(path, MAX_BYTES)
  if (file.kind === 'skipped') return { kind: 'unreadable', reason: file.reason }
  try {
    const parsed: unknown = JSON.parse(file.text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      return { kind: 'unreadable', reason: 'JSON, but not an object' }
    }
    const { name } = parsed as { name?: unknown }
    return { kind: 'read', name: typeof name === 'string' && name !== '' ? name : undefined }
  } catch {
    return { kind: 'unreadable', reason: 'not JSON' }
  }
}
