import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { NO_REGULAR_FILE, unreadable } from './left-out.ts'

/**
 * A file above this size is left out and named in the report. Hand-written sources and nearly all
 * bundles are far smaller. A syntax tree takes about 60 times the memory of its source, so 4 MiB
 * become 250 MB.
 */
export const MAX_FILE_BYTES = 4 * 1024 * 1024

export type ReadFile =
  | { readonly kind: 'read'; readonly text: string; readonly bytes: number }
  | { readonly kind: 'skipped'; readonly reason: string; readonly bytes: number }

/**
 * A file may have changed since its folder was listed: into a link, which must not be followed, or
 * into a pipe, which must be opened without waiting for a writer.
 */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

const BYTE_ORDER_MARK = 0xefbbbf

export function tooLarge(maxBytes: number): string {
  return maxBytes % (1024 * 1024) === 0
    ? `larger than ${maxBytes / (1024 * 1024)} MiB`
    : `larger than ${maxBytes} bytes`
}

/** Reads a regular file of at most `maxBytes` as UTF-8, without its byte order mark. */
export async function readFile(path: string, maxBytes: number = MAX_FILE_BYTES): Promise<ReadFile> {
  let file: FileHandle | undefined
  try {
    file = await open(path, FLAGS)
    const stats = await file.stat()
    const refused = refusal(stats, maxBytes)
    if (refused !== undefined) return refused
    const buffer = roomFor(stats, maxBytes)
    for (let filled = 0; ; ) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled)
      filled += bytesRead
      if (bytesRead === 0 || filled === buffer.length) return outcomeOf(buffer, filled)
    }
  } catch (error) {
    return { kind: 'skipped', reason: unreadable(error), bytes: 0 }
  } finally {
    await file?.close().catch(() => {})
  }
}

/** The same, but synchronously. */
export function readFileAtOnce(path: string, maxBytes: number = MAX_FILE_BYTES): ReadFile {
  let file: number | undefined
  try {
    file = openSync(path, FLAGS)
    const stats = fstatSync(file)
    const refused = refusal(stats, maxBytes)
    if (refused !== undefined) return refused
    const buffer = roomFor(stats, maxBytes)
    for (let filled = 0; ; ) {
      const bytesRead = readSync(file, buffer, filled, buffer.length - filled, null)
      filled += bytesRead
      if (bytesRead === 0 || filled === buffer.length) return outcomeOf(buffer, filled)
    }
  } catch (error) {
    return { kind: 'skipped', reason: unreadable(error), bytes: 0 }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function refusal(stats: Stats, maxBytes: number): ReadFile | undefined {
  const { size: bytes } = stats
  if (!stats.isFile()) return { kind: 'skipped', reason: NO_REGULAR_FILE, bytes: 0 }
  if (bytes > maxBytes) return { kind: 'skipped', reason: tooLarge(maxBytes), bytes }
  return undefined
}

/**
 * Has one byte more than the file, so that its end is noticed. The kernel's own files report the
 * size 0, but may have content.
 */
function roomFor({ size }: Stats, maxBytes: number): Buffer {
  return Buffer.allocUnsafe(size === 0 ? Math.min(maxBytes, 64 * 1024) + 1 : size + 1)
}

function outcomeOf(buffer: Buffer, bytes: number): ReadFile {
  if (bytes === buffer.length) return { kind: 'skipped', reason: 'it grew as it was read', bytes }
  const marked = bytes >= 3 && buffer.readUIntBE(0, 3) === BYTE_ORDER_MARK
  return { kind: 'read', text: buffer.toString('utf8', marked ? 3 : 0, bytes), bytes }
}
