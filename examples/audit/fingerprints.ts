/**
 * Fingerprints by winnowing: Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document
 * Fingerprinting", SIGMOD 2003. Of every WINDOW neighbouring k-grams the one with the smallest hash
 * is kept, so two texts that share GRAM + WINDOW - 1 tokens certainly share a fingerprint, and
 * matches shorter than GRAM tokens are never seen.
 *
 * Tokens are normalised: layout, comments and semicolons are dropped, and a literal counts by its
 * kind. Names are kept, since all type declarations would look alike without them.
 */
export const GRAM = 25
export const WINDOW = 26

/**
 * Parallel columns, sorted by hash. Each hash occurs once, with the first line on which it starts.
 */
export interface Fingerprints {
  readonly hashes: Uint32Array<ArrayBuffer>
  readonly lines: Uint32Array<ArrayBuffer>
}

export interface Token {
  /** For comments, a plain string. */
  readonly type: string | { readonly label: string }
  readonly value?: unknown
  readonly loc: { readonly start: { readonly line: number } }
}

const LITERALS = new Set(['string', 'num', 'bigint', 'regexp', 'jsxText', '...`', '...${'])
const DROPPED = new Set([';', 'eof'])
const BASE = 0x01000193
const BASE_TO_GRAM = power(BASE, GRAM)

export function fingerprintsOf(tokens: readonly Token[]): Fingerprints {
  const { codes, lines } = normalised(tokens)
  const first = new Map<number, number>()
  for (const at of winnow(gramHashes(codes))) {
    const hash = at.hash
    if (!first.has(hash)) first.set(hash, lines[at.index] ?? 0)
  }
  const hashes = Uint32Array.from(first.keys()).sort()
  return { hashes, lines: hashes.map((hash) => first.get(hash) ?? 0) }
}

function normalised(tokens: readonly Token[]): { codes: number[]; lines: number[] } {
  const known = new Map<string, number>()
  const codes: number[] = []
  const lines: number[] = []
  for (const { type, value, loc } of tokens) {
    if (typeof type === 'string' || DROPPED.has(type.label)) continue
    const literal = LITERALS.has(type.label)
    const text = !literal && typeof value === 'string' ? value : `<${type.label}>`
    let code = known.get(text)
    if (code === undefined) {
      code = fnv1a(text)
      known.set(text, code)
    }
    codes.push(code)
    lines.push(loc.start.line)
  }
  return { codes, lines }
}

/**
 * Rabin and Karp's rolling hash modulo 2^32, mixed so that order and first digits are evenly
 * distributed.
 */
function gramHashes(codes: readonly number[]): Uint32Array {
  const hashes = new Uint32Array(Math.max(0, codes.length - GRAM + 1))
  let rolling = 0
  codes.forEach((code, index) => {
    rolling = (Math.imul(rolling, BASE) + code) | 0
    const gone = codes[index - GRAM]
    if (gone !== undefined) rolling = (rolling - Math.imul(gone, BASE_TO_GRAM)) | 0
    if (index >= GRAM - 1) hashes[index - GRAM + 1] = mixed(rolling)
  })
  return hashes
}

/** The smallest hash of each window, or the rightmost of equal ones; each position once. */
function* winnow(hashes: Uint32Array): Generator<{ index: number; hash: number }> {
  if (hashes.length === 0) return
  const windows = Math.max(1, hashes.length - WINDOW + 1)
  let chosen = -1
  for (let start = 0; start < windows; start++) {
    const end = Math.min(start + WINDOW, hashes.length)
    let best = chosen
    if (chosen < start) best = smallest(hashes, start, end)
    else if ((hashes[end - 1] ?? 0) <= (hashes[chosen] ?? 0)) best = end - 1
    if (best !== chosen) yield { index: best, hash: hashes[best] ?? 0 }
    chosen = best
  }
}

function smallest(hashes: Uint32Array, start: number, end: number): number {
  let best = start
  for (let i = start + 1; i < end; i++) if ((hashes[i] ?? 0) <= (hashes[best] ?? 0)) best = i
  return best
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}

/** The finaliser of MurmurHash3. */
function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function power(base: number, exponent: number): number {
  let result = 1
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base)
  return result
}
