import { join } from 'node:path'
import { defineAgent, keyed } from 'heddle'
import pLimit from 'p-limit'
import { readFile } from '../read-file.ts'
import { type SourceFile, sourceFiles } from '../source-files.ts'
import { inSlices } from '../steps.ts'
import { FilesMeasured, PackageFound, PackageListed, ReadNext, SourceChunk } from './messages.ts'

/**
 * The size of a chunk, which the parser handles in one turn: large enough to be worth a message,
 * small enough that other keys get their turns.
 */
const CHUNK_BYTES = 128 * 1024
const READS_AT_ONCE = 16

/**
 * Lists a package's files, and reads them chunk by chunk. It asks for the next chunk when it has
 * read one, so that the parser's turn comes in between and a package need not fit into memory.
 */
export const reader = defineAgent(import.meta.url, {
  type: 'reader',
  subscriptions: [{ topic: 'packages' }, { topic: ReadNext.name }],
  state: { directory: '', chunks: keyed<readonly SourceFile[]>() },
  setup: () => ({ limit: pLimit(READS_AT_ONCE) }),
  handlers: (on) => [
    on(PackageFound, async (found, turn) => {
      const { files, skipped, leftOut } = await inSlices(sourceFiles(found), () =>
        turn.throwIfCancelled(),
      )
      const outcomes = [...skipped, ...leftOut]
      turn.publish(PackageListed({ outcomes: files.length + outcomes.length }))
      turn.publish(FilesMeasured({ outcomes }))
      turn.state.directory = found.directory
      chunksOf(files).forEach((chunk, index) => {
        turn.state.chunks.set(`${index}`, chunk)
      })
      if (files.length > 0) turn.publish(ReadNext({ chunk: 0 }), undefined, { toSelf: true })
    }),
    on(ReadNext, async ({ chunk }, turn) => {
      const { directory, chunks } = turn.state
      const files = chunks.get(`${chunk}`) ?? []
      const { limit } = turn.resources
      const reads = await Promise.all(
        files.map(({ path }) => limit(() => readBelow(directory, path))),
      )
      turn.throwIfCancelled()
      const unread = reads.filter((file) => file.kind === 'skipped')
      if (unread.length > 0) turn.publish(FilesMeasured({ outcomes: unread }))
      const read = reads.filter((file) => file.kind === 'read')
      turn.publish(
        SourceChunk({ files: read.map(({ path, text, bytes }) => ({ path, text, bytes })) }),
      )
      if (chunks.has(`${chunk + 1}`)) {
        turn.publish(ReadNext({ chunk: chunk + 1 }), undefined, { toSelf: true })
      }
    }),
  ],
})

async function readBelow(directory: string, path: string) {
  return { ...(await readFile(join(directory, path))), path }
}

function chunksOf(files: readonly SourceFile[]): SourceFile[][] {
  const chunks: SourceFile[][] = []
  let bytes = CHUNK_BYTES
  for (const file of files) {
    if (bytes >= CHUNK_BYTES) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)?.push(file)
    bytes += file.bytes
  }
  return chunks
}
