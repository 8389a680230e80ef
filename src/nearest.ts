/** The name that was probably meant. */

/** Longer names are not compared, and no more of them: it is a hint, and must cost little. */
const MAX_LENGTH = 100
const MAX_NAMES = 1_000

/** Of `known`, the one at the fewest keystrokes from `name`; undefined if none is near. */
export function nearestOf(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let best = Math.max(2, Math.floor(name.length / 3)) + 1
  let looked = 0
  for (const other of known) {
    if (++looked > MAX_NAMES) break
    if (name.length > MAX_LENGTH || other.length > MAX_LENGTH) continue
    const keystrokes = distanceOf(name.toLowerCase(), other.toLowerCase())
    if (keystrokes >= best || keystrokes >= other.length) continue
    best = keystrokes
    nearest = other
  }
  return nearest
}

/** How many insertions, deletions, replacements and swaps of neighbours lead to the other text. */
function distanceOf(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let at = 1; at <= other.length; at++) {
      const replaced = (last[at - 1] ?? 0) + (one[row - 1] === other[at - 1] ? 0 : 1)
      const least = Math.min((last[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1, replaced)
      const isSwap = one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1]
      next.push(isSwap ? Math.min(least, (beforeLast[at - 2] ?? 0) + 1) : least)
    }
    beforeLast = last
    last = next
  }
  return last[other.length] ?? 0
}
