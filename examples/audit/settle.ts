import type { DeadLetter, Runtime } from 'heddle'
import { FilesMeasured, SourceChunk, type SourceText } from './agents/messages.ts'
import type { LeftOut } from './left-out.ts'

/**
 * Waits until all is done, and sees to it that what failed is not a hole in the report that nobody
 * sees. Of a chunk that failed each file is tried by itself, and the one that fails again is left
 * out; anything else that failed leaves out its package, or a part of it.
 */
export async function settle(runtime: Runtime): Promise<LeftOut[]> {
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
