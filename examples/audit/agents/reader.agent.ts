import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineAgent } from 'heddle'
import pLimit from 'p-limit'
import { type SkippedFile, type SourceFile, sourceFiles } from '../source-files.ts'
import { FilesMeasured, PackageFound, PackageListed, SourceChunk } from './messages.ts'

/** A chunk is one turn of the parser: long enough to be worth a message, short enough to take turns. */
const CHUNK_BYTES = 128 * 1024
const READS_AT_ONCE = 16

type Read = { readonly kind: 'read'; readonly path: string; readonly text: string }

/** Reads a package's files and splits them into chunks. */
export const reader = defineAgent(import.meta.url, {
  type: 'reader',
  subscriptions: [{ topic: 'packages' }],
  setup: () => ({ limit: pLimit(READS_AT_ONCE) }),
  handlers: (on) => [
    on(PackageFound, async (found, turn) => {
      const { files, skipped } = sourceFiles(found)
      const { limit } = turn.resources
      const reads = await Promise.all(files.map((file) => limit(() => read(found.directory, file))))
      turn.throwIfCancelled()
      const unread = [...skipped, ...reads.filter((file) => file.kind === 'skipped')]
      turn.publish(PackageListed({ files: files.length + skipped.length }))
      turn.publish(FilesMeasured({ outcomes: unread }))
      for (const chunk of chunksOf(reads.filter((file) => file.kind === 'read'))) {
        turn.publish(SourceChunk({ files: chunk }))
      }
    }),
  ],
})

async function read(directory: string, { path, bytes }: SourceFile): Promise<Read | SkippedFile> {
  try {
    return { kind: 'read', path, text: await readFile(join(directory, path), 'utf8') }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { kind: 'skipped', path, bytes, reason: `unreadable: ${code}` }
  }
}

function chunksOf(files: readonly Read[]): { path: string; text: string }[][] {
  const chunks: { path: string; text: string }[][] = []
  let bytes = CHUNK_BYTES
  for (const { path, text } of files) {
    if (bytes >= CHUNK_BYTES) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)?.push({ path, text })
    bytes += text.length
  }
  return chunks
}
