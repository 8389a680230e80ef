/** What several rounds say of one thing. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/**
 * Throws when there is nothing, or something that is not a number: such a figure must not look like
 * one.
 */
export function spreadOf(values: readonly number[]): Spread {
  const odd = values.find((value) => !Number.isFinite(value))
  if (odd !== undefined) throw new Error(`${odd} is not a figure`)
  const sorted = values.toSorted((a, b) => a - b)
  const [min] = sorted
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) throw new Error('there are no rounds to judge by')
  const upper = sorted[sorted.length >> 1] as number
  const lower = sorted[(sorted.length - 1) >> 1] as number
  return { median: (lower + upper) / 2, min, max }
}

/**
 * The ratio of each round, `over[i] / under[i]`, and what they say together. Not the ratio of two
 * medians: what slows the machine for a while slows both sides of a round, and so leaves its ratio
 * alone.
 */
export function ratioOf(over: readonly number[], under: readonly number[]): Spread {
  if (over.length !== under.length) {
    throw new Error(`${over.length} rounds can't be compared with ${under.length}`)
  }
  return spreadOf(over.map((value, round) => value / (under[round] as number)))
}
