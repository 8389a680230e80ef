import { startAudit } from './audit.ts'
import { startRawWorkers } from './raw-workers.ts'
import { type AuditReport, reportJson } from './report.ts'
import type { Tree } from './tree.ts'

const ROUNDS = 3

type Name = 'single thread' | 'heddle' | 'raw workers'
type Times = Record<Name, number>

export interface Comparison {
  readonly report: string
  /** Whether all runs of all contestants gave byte-identical reports. */
  readonly identical: boolean
  readonly rounds: readonly Times[]
}

interface Contestant {
  run(tree: Tree): Promise<AuditReport>
  stop(): Promise<void>
}

/**
 * Runs the same audit on heddle's lanes, on one thread, and split by hand over raw workers, one
 * after the other. The order rotates from round to round. Before the first round, all threads are
 * started and each contestant runs one untimed audit, so that code is compiled and files are in the
 * disk cache. Rejects when `signal` aborts.
 */
export async function compare(
  tree: Tree,
  lanes: number,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<Comparison> {
  const contestants: [Name, Contestant][] = []
  const reports = new Set<string>()
  const rounds: Times[] = []
  const enter = (name: Name, contestant: Contestant) => {
    contestants.push([name, contestant])
    signal.throwIfAborted()
  }
  const stopNow = () => {
    for (const [, contestant] of contestants) void contestant.stop()
  }
  signal.addEventListener('abort', stopNow, { once: true })
  try {
    enter('heddle', await startAudit({ kind: 'lanes', lanes }))
    enter('single thread', await startAudit({ kind: 'single' }))
    enter('raw workers', await startRawWorkers(lanes))
    for (let round = 0; round <= ROUNDS; round++) {
      const times: Times = { heddle: 0, 'single thread': 0, 'raw workers': 0 }
      for (let place = 0; place < contestants.length; place++) {
        const [name, audit] = contestants[(place + round) % contestants.length] as [
          Name,
          Contestant,
        ]
        const began = performance.now()
        const report = await audit.run(tree)
        signal.throwIfAborted()
        times[name] = performance.now() - began
        reports.add(reportJson(report))
        const stage = round === 0 ? 'warm-up' : `round ${round} of ${ROUNDS}`
        tell(`${stage}: ${name} ${seconds(times[name])}`)
      }
      if (round > 0) rounds.push(times)
    }
  } finally {
    signal.removeEventListener('abort', stopNow)
    for (const [, contestant] of contestants) await contestant.stop()
  }
  return { report: [...reports][0] as string, identical: reports.size === 1, rounds }
}

/**
 * The figures of a comparison, as lines. A ratio is the median of the rounds' ratios, with the
 * least and the greatest.
 */
export function renderComparison({ rounds, identical }: Comparison, lanes: number): string {
  const over = (one: Name, other: Name) => spread(rounds.map((times) => times[one] / times[other]))
  return [
    `lanes                          ${lanes}`,
    `heddle over single thread      ${over('single thread', 'heddle')}`,
    `raw workers over single thread ${over('single thread', 'raw workers')}`,
    `heddle of raw workers          ${over('raw workers', 'heddle')}`,
    `reports                        ${identical ? 'identical to the byte' : 'DIFFERENT'}`,
  ].join('\n')
}

function spread(ratios: readonly number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b)
  const at = (index: number) => (sorted[index] ?? 0).toFixed(2)
  return `${at(sorted.length >> 1)} (${at(0)} to ${at(sorted.length - 1)})`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
