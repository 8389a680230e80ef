import type { DeadLetter, Runtime } from 'heddle'
import { FilesMeasured, SourceChunk, type SourceText } from './agents/messages.ts'
import type { LeftOut } from './left-out.ts'

/**
 * Waits until everything is done, and makes sure that the report names what failed. If a chunk
 * failed, each of its files is tried by itself, and a file that fails again is left out. Any other
 * failure leaves out its package, or a part of it.
 */
export async function settle(runtime: Runtime): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = []
  for (;;) {
    await runtime.idle()
    const letters = await runtime.deadLetters.list()
    if (letters.length === 0) return leftOut
    for (const letter of letters) {
      await runtime.deadLetters.discard({ id: letter.id })
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

/** The package, or a matcher's shard. */
function keyOf({ recipient, topic }: DeadLetter): string {
  const id = recipient ?? topic ?? ''
  return id.slice(id.indexOf('/') + 1)
}

function reasonOf({ reason }: DeadLetter): string {
  return 'error' in reason ? reason.error.message : reason.kind
}
