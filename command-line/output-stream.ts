/** Pipes, devices and the program's own output as targets for text. No call here blocks. */
import { close, constants, open, write } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemCode } from './command-error.ts'

export interface TextStream {
  readonly kind: 'stream'
  /** Rejects with the system's error, or with the reason of `signal`. */
  write(text: string, signal?: AbortSignal): Promise<void>
}

/** Opening a pipe that nobody reads from must not block, and neither must writing to a full one. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0)

/** How soon writing to a full pipe is tried again. */
const FULL_MS = 10

const openAsync = promisify(open)
const writeAsync = promisify(write)
const closeAsync = promisify(close)

/**
 * Opens a pipe or a device, and keeps it open until everything is written, since a reader of a pipe
 * takes the first close for the end. Rejects with ENXIO if nobody reads from the pipe.
 */
export async function openStream(path: string): Promise<TextStream> {
  // The descriptor is a number: the garbage collector would close an unused FileHandle, with a
  // warning.
  const fd = await openAsync(path, FLAGS)
  return {
    kind: 'stream',
    async write(text, signal) {
      try {
        await writeAll(fd, Buffer.from(text), signal)
      } finally {
        await closeAsync(fd)
      }
    },
  }
}

async function writeAll(fd: number, bytes: Buffer, signal?: AbortSignal): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    signal?.throwIfAborted()
    try {
      const { bytesWritten } = await writeAsync(fd, bytes, written, bytes.length - written, null)
      written += bytesWritten
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error
      await pause(FULL_MS, undefined, { signal })
    }
  }
}

/**
 * Standard output or standard error. As for other output, it is not a failure that its reader has
 * gone.
 */
export function streamOf(stream: NodeJS.WritableStream): TextStream {
  return {
    kind: 'stream',
    write: (text, signal) =>
      new Promise((resolve, reject) => {
        const interrupt = () => reject(signal?.reason)
        signal?.addEventListener('abort', interrupt, { once: true })
        stream.write(text, (error) => {
          signal?.removeEventListener('abort', interrupt)
          if (error && systemCode(error) !== 'EPIPE') reject(error)
          else resolve()
        })
      }),
  }
}
