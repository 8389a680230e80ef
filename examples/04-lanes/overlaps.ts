import type { Runtime } from 'heddle'

interface Span {
  readonly key: string
  readonly begunAt: number
  readonly endedAt: number
}

/**
 * Watches the turns of an agent type. The returned function returns how many pairs of turns ran at
 * the same time.
 */
export function watchOverlaps(runtime: Runtime, agent: string) {
  const spans: Span[] = []
  runtime.inspect((record) => {
    if (record.kind !== 'turn' || record.agent !== agent) return
    const { key, begunAt = 0, endedAt = 0 } = record
    spans.push({ key, begunAt, endedAt })
  })
  return () => {
    const count = { ofOneKey: 0, ofTwoKeys: 0 }
    for (const [at, one] of spans.entries()) {
      for (const other of spans.slice(at + 1)) {
        const isOverlap = one.begunAt < other.endedAt && other.begunAt < one.endedAt
        if (isOverlap) count[one.key === other.key ? 'ofOneKey' : 'ofTwoKeys']++
      }
    }
    return count
  }
}
