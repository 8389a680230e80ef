import {
  closureAgent,
  type Runtime,
  type RuntimeOptions,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from 'heddle'
import { matcher } from './agents/matcher.agent.ts'
import { FindDuplicates, PackageFound, PackageScored } from './agents/messages.ts'
import { parser } from './agents/parser.agent.ts'
import { reader } from './agents/reader.agent.ts'
import { scorer } from './agents/scorer.agent.ts'
import { mergeDuplicates } from './duplicates.ts'
import type { AuditPackage } from './find-packages.ts'
import { type AuditReport, assembleReport } from './report.ts'
import type { PackageScore } from './score.ts'
import { SHARDS } from './slices.ts'

export type Threads =
  | { readonly kind: 'single' }
  | { readonly kind: 'lanes'; readonly lanes: number }

export interface Audit {
  /** Audits packages from a clean state; `onPackage` is told as each is scored. */
  run(packages: readonly AuditPackage[], onPackage?: (name: string) => void): Promise<AuditReport>
  stop(): Promise<void>
}

/** Starts the agents on lanes, or on this thread: the same agents, and the same report to the byte. */
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
    bounds: { messages: 2_000, bytes: 256 * 1024 * 1024 }, // publishing waits: a tree need not fit into memory
  }
  const runtime =
    threads.kind === 'single'
      ? await SingleThreadedRuntime.start(options)
      : await ThreadedRuntime.start({ ...options, lanes: threads.lanes })

  return {
    async run(packages, onPackage = () => {}) {
      await runtime.loadState({ version: 1, agents: {} })
      scores = []
      scored = onPackage
      for (const found of packages) {
        await runtime.publish(PackageFound(found), { type: 'packages', source: found.name })
      }
      await runtime.idle()
      const shards = await Promise.all(
        Array.from({ length: SHARDS }, (_, shard) =>
          runtime.send(FindDuplicates(), { type: 'matcher', key: `${shard}` }),
        ),
      )
      assertAllHandled(runtime)
      return assembleReport(scores, mergeDuplicates(shards))
    },
    async stop() {
      await runtime.stop()
    },
  }
}

/** A report with a hole in it would look like any other. */
function assertAllHandled(runtime: Runtime): void {
  const [first] = runtime.deadLetters.list()
  if (first === undefined) return
  const { recipient, reason } = first
  const cause = 'error' in reason ? reason.error.message : reason.kind
  throw new Error(`${recipient ?? first.topic} did not handle '${first.message}': ${cause}`)
}
