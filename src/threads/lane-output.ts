/**
 * What a lane prints is written to the process's own output from the lane's thread. Node would
 * carry it to the main thread, and what that has not read when the process ends is lost.
 */
import { writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { systemClock } from '../clock.ts'
import { sleepHere } from '../wire/counters.ts'

/**
 * How long a reader who does not read may keep the thread waiting. Then the main thread takes over.
 */
const PATIENCE_MS = 2_000
/** Between two tries to write to a pipe that is full. */
const RETRY_MS = 2

interface Chunk {
  readonly chunk: string | Uint8Array
  readonly encoding: BufferEncoding
}
type WriteAll = (chunks: Chunk[], done: (error?: Error | null) => void) => void

/**
 * Makes this thread's stdout and stderr write for themselves. Not on Windows, whose consoles take
 * text from the main thread alone.
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
    isDirect = false // nobody reads: what comes later stays behind this
    byMainThread([{ chunk: left, encoding: 'buffer' as BufferEncoding }], done)
  }
}

function bytesOf({ chunk, encoding }: Chunk): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

/**
 * Writes, and waits for a reader for a while. Returns how many bytes need no more care: what can't
 * be written at all, into a pipe that is closed or on a disk that is full, is dropped.
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
