/**
 * Writes what a lane prints to the process's own output, from the lane's thread. Node would carry
 * it to the main thread, and what that has not read when the process ends would be lost.
 */
import { writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { systemClock } from '../clock.ts'
import { sleepHere } from '../wire/counters.ts'

/**
 * How long a reader that does not read may keep the thread waiting. After that the main thread
 * takes over.
 */
const PATIENCE_MS = 2_000
/** The pause between two tries to write to a full pipe. */
const RETRY_MS = 2

interface Chunk {
  readonly chunk: string | Uint8Array
  readonly encoding: BufferEncoding
}
type WriteAll = (chunks: Chunk[], done: (error?: Error | null) => void) => void

/**
 * Makes this thread's stdout and stderr write directly. Not on Windows, whose consoles take text
 * from the main thread alone.
 */
export function printHere(): void {
  if (process.platform === 'win32') return
  writeDirectly(process.stdout, 1)
  writeDirectly(process.stderr, 2)
}

function writeDirectly(stream: Writable, fd: number): void {
  const own = stream as Writable & { _writev: WriteAll }
  const byMainThread: WriteAll = own._writev.bind(own)
  let isDirect = true
  own._writev = (chunks, done) => {
    if (!isDirect) return byMainThread(chunks, done)
    const bytes = Buffer.concat(chunks.map(bytesOf))
    const left = bytes.subarray(written(fd, bytes))
    if (left.length === 0) return done()
    isDirect = false // the reader does not read: later output must stay behind this
    byMainThread([{ chunk: left, encoding: 'buffer' as BufferEncoding }], done)
  }
}

function bytesOf({ chunk, encoding }: Chunk): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

/**
 * Writes, and waits a while for the reader. Returns how many bytes are done with: what can't be
 * written at all, to a closed pipe or a full disk, is dropped.
 */
function written(fd: number, bytes: Uint8Array): number {
  let at = 0
  let since = systemClock.now()
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at)
      since = systemClock.now()
    } catch (error) {
      const isFull = (error as NodeJS.ErrnoException).code === 'EAGAIN'
      if (!isFull) return bytes.length
      if (systemClock.now() - since >= PATIENCE_MS) return at
      sleepHere(RETRY_MS)
    }
  }
  return at
}
