import { Worker } from 'node:worker_threads'
import { mergeDuplicates } from './duplicates.ts'
import type { RawAnswer, RawOrder } from './raw-worker.ts'
import { MAX_FILE_BYTES } from './read-file.ts'
import { type AuditReport, assembleReport } from './report.ts'
import { SHARDS } from './slices.ts'
import { sourceFiles } from './source-files.ts'
import { atOnce } from './steps.ts'
import type { AuditPackage, Tree } from './tree.ts'

export interface RawWorkers {
  /** Rejects if a thread ends first. */
  run(tree: Tree, maxFileBytes?: number): Promise<AuditReport>
  stop(): Promise<void>
}

/**
 * The rival: the audit split by hand over bare worker threads. It has no queue, no order, no retry
 * and no progress, and a thread that dies ends the run. Resolves when every thread has loaded its
 * modules, so that a timed `run` measures only the work.
 */
export async function startRawWorkers(count: number): Promise<RawWorkers> {
  const entry = new URL('./raw-worker.ts', import.meta.url)
  const workers = Array.from({ length: count }, () => new Worker(entry))
  await Promise.all(workers.map((worker) => ask(worker, { kind: 'warm' })))
  return {
    run: (tree, maxFileBytes = MAX_FILE_BYTES) => audit(workers, tree, maxFileBytes),
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Works in two rounds: packages go to workers by size, then shards go to workers in rotation. */
async function audit(
  workers: readonly Worker[],
  { packages, leftOut }: Tree,
  maxFileBytes: number,
): Promise<AuditReport> {
  const loads = split(packages, workers.length, maxFileBytes)
  const measured = await Promise.all(
    workers.map((worker, index) =>
      ask(worker, { kind: 'measure', packages: loads[index] ?? [], maxFileBytes }),
    ),
  )
  const audits = measured.filter((answer) => answer.kind === 'measured')
  const slices = audits.flatMap((answer) => answer.slices)
  const shards = Array.from({ length: SHARDS }, (_, shard) =>
    slices.filter((slice) => slice.shard === shard),
  )
  const matched = await Promise.all(
    workers.map((worker, index) => {
      const own = shards.filter((_, shard) => shard % workers.length === index)
      const moved = own.flat().map(({ rows }) => rows.buffer)
      return ask(worker, { kind: 'match', shards: own }, moved)
    }),
  )
  return assembleReport(
    audits.flatMap((answer) => answer.scores),
    mergeDuplicates(matched.flatMap((answer) => (answer.kind === 'matched' ? answer.shards : []))),
    leftOut,
  )
}

/**
 * Assigns the largest package first, each to the worker with the fewest bytes so far (Graham,
 * 1969).
 */
function split(
  packages: readonly AuditPackage[],
  count: number,
  maxFileBytes: number,
): AuditPackage[][] {
  const loads = Array.from({ length: count }, () => ({ bytes: 0, packages: [] as AuditPackage[] }))
  const sized = packages.map((found) => ({ found, bytes: sizeOf(found, maxFileBytes) }))
  for (const { found, bytes } of sized.sort((a, b) => b.bytes - a.bytes)) {
    const least = loads.reduce((a, b) => (b.bytes < a.bytes ? b : a))
    least.bytes += bytes
    least.packages.push(found)
  }
  return loads.map((load) => load.packages)
}

function sizeOf(found: AuditPackage, maxFileBytes: number): number {
  const { files } = atOnce(sourceFiles(found, maxFileBytes))
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function ask(
  worker: Worker,
  order: RawOrder,
  moved: readonly ArrayBuffer[] = [],
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const ended = () => reject(new Error('a raw worker ended'))
  worker.once('message', resolve).once('error', reject).once('exit', ended)
  worker.postMessage(order, moved)
  return promise.finally(() => {
    worker.off('message', resolve).off('error', reject).off('exit', ended)
  })
}
