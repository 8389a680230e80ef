import { closureAgent, type RuntimeOptions, SingleThreadedRuntime, ThreadedRuntime } from 'heddle'
import { matcher } from './agents/matcher.agent.ts'
import { FindDuplicates, PackageFound, PackageScored } from './agents/messages.ts'
import { parser } from './agents/parser.agent.ts'
import { reader } from './agents/reader.agent.ts'
import { scorer } from './agents/scorer.agent.ts'
import { mergeDuplicates } from './duplicates.ts'
import { type AuditReport, assembleReport } from './report.ts'
import type { PackageScore } from './score.ts'
import { settle } from './settle.ts'
import { SHARDS } from './slices.ts'
import type { Tree } from './tree.ts'

export type Threads =
  | { readonly kind: 'single' }
  | { readonly kind: 'lanes'; readonly lanes: number }

export interface Audit {
  /**
   * Audits a tree from a clean state. Calls `onPackage` when a package is scored. Rejects if the
   * audit is stopped before it ends.
   */
  run(tree: Tree, onPackage?: (name: string) => void): Promise<AuditReport>
  /** Ends the threads. A run that has not ended rejects. */
  stop(): Promise<void>
}

/**
 * No reasonable file takes longer to parse. A lane that takes longer is ended, and its file is left
 * out.
 */
const TURN_MS = 120_000
const MATCH_MS = 3_600_000

/** Starts the agents on lanes or on this thread. The report is the same to the byte. */
export async function startAudit(threads: Threads): Promise<Audit> {
  let scores: PackageScore[] = []
  let scored = (_name: string): void => {}
  const gatherer = closureAgent({
    type: 'gatherer',
    handlers: (on) => [
      on(PackageScored, (score) => {
        scores.push(score as PackageScore)
        scored(score.name)
      }),
    ],
  })
  const options: RuntimeOptions = {
    agents: [reader, parser, scorer, matcher, gatherer],
    // publishing waits, so a tree need not fit into memory
    bounds: { messages: 2_000, bytes: 256 * 1024 * 1024 },
    taskLimits: { depth: 10_000_000, total: 100_000_000 }, // a package is one task, however large
    turnTimeoutMs: TURN_MS,
    restarts: { max: 1_000 }, // each file that ends its lane is left out, and there may be many
    deadLetters: { max: 1_000_000 },
    report: 'off', // the audit's own report names what failed
  }
  const runtime =
    threads.kind === 'single'
      ? await SingleThreadedRuntime.start(options)
      : await ThreadedRuntime.start({ ...options, lanes: threads.lanes })

  return {
    async run({ packages, leftOut }, onPackage = () => {}) {
      await runtime.loadState({ version: 1, agents: {} })
      scores = []
      scored = onPackage
      for (const found of packages) {
        await runtime.publish(PackageFound(found), { type: 'packages', source: found.name })
      }
      const failed = await settle(runtime)
      const shards = await Promise.all(
        Array.from({ length: SHARDS }, (_, shard) =>
          runtime.send(
            FindDuplicates(),
            { type: 'matcher', key: `${shard}` },
            { deadlineMs: MATCH_MS },
          ),
        ),
      )
      return assembleReport(scores, mergeDuplicates(shards), [...leftOut, ...failed])
    },
    async stop() {
      await runtime.stop({ deadlineMs: 0 })
    },
  }
}
