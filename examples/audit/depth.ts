import type { Complexity } from './complexity.ts'
import type { Token } from './fingerprints.ts'

/**
 * How deeply a file may nest. The parser calls itself for each level, and how deep the stack may
 * get depends on the thread: less than 500 brackets on the main thread, ten times that in a worker.
 * Every thread can parse a file within these bounds, so a file has the same outcome wherever it is
 * measured.
 */
export const MAX_BRACKETS = 200
export const MAX_UNCHAINED_LEVELS = 400
/** A link of a chain takes less of the stack than a nested bracket, so more levels are allowed. */
export const MAX_LEVELS = 1_000

interface PlacedToken extends Token {
  /** The offset at which it begins in the text. */
  readonly start: number
}

export function isTooDeep(
  text: string,
  tokens: readonly PlacedToken[],
  { all, unchained }: Complexity['levels'],
): boolean {
  return (
    all > MAX_LEVELS ||
    unchained > MAX_UNCHAINED_LEVELS ||
    bracketDepth(text, tokens) > MAX_BRACKETS
  )
}

const OPENING = new Set(['(', '[', '{', '${'])
const CLOSING = new Set([')', ']', '}'])

/** Counted in the text, since brackets that only group leave no level in the tree. */
function bracketDepth(text: string, tokens: readonly PlacedToken[]): number {
  let depth = 0
  let deepest = 0
  for (const { type, start } of tokens) {
    if (typeof type === 'string') continue
    const { label } = type
    if (OPENING.has(label) || (label === '...${' && text[start] === '`')) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (CLOSING.has(label) || (label === '...`' && text[start] === '}')) {
      depth -= 1
    }
  }
  return deepest
}
