/** Finds files of a folder that say nearly the same, by MinHash over all runs of five words. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Reading stops after this many characters, which are some seconds of work. */
const MOST_CHARACTERS = 24 * 1_024 * 1_024
/** Larger files, in bytes, are left out. */
const LARGEST_FILE = 256 * 1_024
const RUN = 5
const HASHES = 64
/** Two files are compared as a whole if this many hashes in a row, at the same place, are equal. */
const BAND = 8
const ALIKE = 0.8

export interface Pair {
  readonly one: string
  readonly other: string
  /** How many of their hashes are equal, from 0 to 1. */
  readonly likeness: number
}

export interface Found {
  readonly files: number
  readonly pairs: readonly Pair[]
}

/** Calls `tell` now and then with how many files it has read. */
export function nearDuplicates(root: string, end: string, tell: (files: number) => void): Found {
  const signatures = new Map<string, Uint32Array>()
  let characters = 0
  for (const path of filesIn(root, end)) {
    const text = readFileSync(path, 'utf8')
    characters += text.length
    signatures.set(path.slice(root.length + 1), signatureOf(text))
    if (signatures.size % 200 === 0) tell(signatures.size)
    if (characters > MOST_CHARACTERS) break
  }
  return { files: signatures.size, pairs: pairsIn(signatures) }
}

function* filesIn(root: string, end: string): Generator<string> {
  for (const name of readdirSync(root, { recursive: true }) as string[]) {
    if (!name.endsWith(end)) continue
    const path = join(root, name)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isFile() && stats.size <= LARGEST_FILE) yield path
  }
}

/** The least of each hash over all runs of words. */
function signatureOf(text: string): Uint32Array {
  const words = (text.match(/\w+/g) ?? []).map(hashOf)
  const signature = new Uint32Array(HASHES).fill(0xffff_ffff)
  for (let at = 0; at + RUN <= words.length; at++) {
    let run = 0
    for (let word = at; word < at + RUN; word++)
      run = Math.imul(run ^ (words[word] ?? 0), 0x01000193)
    for (let hash = 0; hash < HASHES; hash++) {
      const value = Math.imul(run ^ (run >>> 15), 2 * hash + 0x9e3779b1) >>> 0
      if (value < (signature[hash] ?? 0)) signature[hash] = value
    }
  }
  return signature
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return hash
}

function pairsIn(signatures: ReadonlyMap<string, Uint32Array>): Pair[] {
  const buckets = new Map<string, string>()
  const pairs: Pair[] = []
  for (const [path, signature] of signatures) {
    for (let at = 0; at < HASHES; at += BAND) {
      const bucket = `${at}:${signature.subarray(at, at + BAND).join()}`
      const before = buckets.get(bucket)
      buckets.set(bucket, path)
      if (before === undefined) continue
      const likeness = likenessOf(signatures.get(before) as Uint32Array, signature)
      if (likeness < ALIKE) continue
      pairs.push({ one: before, other: path, likeness })
      break
    }
  }
  return pairs
}

function likenessOf(one: Uint32Array, other: Uint32Array): number {
  return one.filter((value, at) => value === other[at]).length / HASHES
}
