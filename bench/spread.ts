/** What several rounds measured of one thing. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/**
 * Throws if there are no values, or if one is not a finite number, so that no such value is
 * reported as a figure.
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
 * The spread of the ratios `over[i] / under[i]` of all rounds. It is not the ratio of two medians:
 * a load that slows the machine for a while slows both sides of a round, and leaves the round's
 * ratio as it is.
 */
export function ratioOf(over: readonly number[], under: readonly number[]): Spread {
  if (over.length !== under.length) {
    throw new Error(`${over.length} rounds can't be compared with ${under.length}`)
  }
  return spreadOf(over.map((value, round) => value / (under[round] as number)))
}
