import {
  closureAgent,
  type DeadLetter,
  type Runtime,
  type RuntimeOptions,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from 'heddle'
import { matcher } from './agents/matcher.agent.ts'
import {
  FilesMeasured,
  FindDuplicates,
  PackageFound,
  PackageScored,
  SourceChunk,
  type SourceText,
} from './agents/messages.ts'
import { parser } from './agents/parser.agent.ts'
import { reader } from './agents/reader.agent.ts'
import { scorer } from './agents/scorer.agent.ts'
import { mergeDuplicates } from './duplicates.ts'
import type { Tree } from './find-packages.ts'
import type { LeftOut } from './left-out.ts'
import { type AuditReport, assembleReport } from './report.ts'
import type { PackageScore } from './score.ts'
import { SHARDS } from './slices.ts'

export type Threads =
  | { readonly kind: 'single' }
  | { readonly kind: 'lanes'; readonly lanes: number }

export interface Audit {
  /**
   * Audits a tree from a clean state; `onPackage` is told as each package is scored. Rejects if the
   * audit is stopped meanwhile.
   */
  run(tree: Tree, onPackage?: (name: string) => void): Promise<AuditReport>
  /** Ends the threads; a run under way rejects. */
  stop(): Promise<void>
}

/** No file that is worth it takes longer to parse; a lane that does is ended, and the file left out. */
const TURN_MS = 120_000
const MATCH_MS = 3_600_000

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
    taskLimits: { depth: 10_000_000, total: 100_000_000 }, // a package is one task, however large
    turnTimeoutMs: TURN_MS,
    restarts: { max: 1_000 }, // files that end their lane are left out, one by one
    deadLetters: { max: 1_000_000 },
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

/**
 * Waits until all is done, and sees to it that what failed is not a hole in the report that nobody
 * sees. Of a chunk that failed each file is tried by itself, and the one that fails again is left
 * out; anything else that failed leaves out its package, or a part of it.
 */
async function settle(runtime: Runtime): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = []
  for (;;) {
    await runtime.idle()
    const letters = runtime.deadLetters.list()
    if (letters.length === 0) return leftOut
    for (const letter of letters) {
      runtime.deadLetters.discard({ id: letter.id })
      const key = keyOf(letter)
      const reason = reasonOf(letter)
      const files = chunkOf(letter)
      const [first] = files
      if (first === undefined) {
        leftOut.push({ path: key, reason: `'${letter.message}' failed: ${reason}` })
      } else if (files.length > 1) {
        for (const file of files) await publish(SourceChunk({ files: [file] }), key)
      } else {
        const { path, bytes } = first
        const outcome = { kind: 'skipped', path, bytes, reason } as const
        await publish(FilesMeasured({ outcomes: [outcome] }), key)
      }
    }
  }

  function publish(message: ReturnType<typeof SourceChunk | typeof FilesMeasured>, key: string) {
    return runtime.publish(message, { type: message.name, source: key })
  }
}

/** The files of a chunk that was not parsed. */
function chunkOf({ message, payload }: DeadLetter): readonly SourceText[] {
  return message === SourceChunk.name ? (payload as { files: SourceText[] }).files : []
}

/** The package, or for a matcher the shard. */
function keyOf({ recipient, topic }: DeadLetter): string {
  const id = recipient ?? topic ?? ''
  return id.slice(id.indexOf('/') + 1)
}

function reasonOf({ reason }: DeadLetter): string {
  return 'error' in reason ? reason.error.message : reason.kind
}
