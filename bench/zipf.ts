/** Work that is spread unevenly over keys, the same at every call. */
const EXPONENT = 1.1

/** How many turns each of `keys` keys gets: Zipf's law, about `total` in all, at least one each. */
export function zipfTurns(keys: number, total: number): number[] {
  const weights = Array.from({ length: keys }, (_, rank) => (rank + 1) ** -EXPONENT)
  const sum = weights.reduce((all, weight) => all + weight, 0)
  return weights.map((weight) => Math.max(1, Math.round((weight / sum) * total)))
}

/**
 * One entry, the key's index, for each turn, in an order as if the messages of all keys arrived at
 * random.
 */
export function arrivals(turns: readonly number[], seed: number): number[] {
  const all = turns.flatMap((count, key) => Array.from({ length: count }, () => key))
  const random = randomBelow(seed)
  for (let at = all.length - 1; at > 0; at--) {
    const other = random(at + 1)
    const moved = all[at] as number
    all[at] = all[other] as number
    all[other] = moved
  }
  return all
}

/** Marsaglia's xorshift, 32 bits. */
function randomBelow(seed: number): (limit: number) => number {
  let word = Math.imul(seed, 0x9e3779b1) | 1
  return (limit) => {
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
    return (word >>> 0) % limit
  }
}
