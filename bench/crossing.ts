/** What one turn takes on two runtimes, at one amount of work. */
export interface Point {
  readonly workUs: number
  readonly singleUs: number
  readonly threadedUs: number
}

/**
 * The amount of work above which threads win. It lies between the greatest amount at which they
 * still lose and the next one, where the straight line through both differences crosses zero. 0 if
 * threads always win. If they lose even at the greatest amount that was tried, that amount: a lower
 * bound of the answer.
 */
export function crossing(points: readonly Point[]): number {
  const sorted = points.toSorted((a, b) => a.workUs - b.workUs)
  const lossOf = ({ singleUs, threadedUs }: Point) => threadedUs - singleUs
  const at = sorted.findLastIndex((point) => lossOf(point) > 0)
  const last = sorted[at]
  const next = sorted[at + 1]
  if (last === undefined) return 0
  if (next === undefined) return last.workUs
  const share = lossOf(last) / (lossOf(last) - lossOf(next))
  return last.workUs + share * (next.workUs - last.workUs)
}
