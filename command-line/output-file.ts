/**
 * A file that a program writes at its end. A file that can't be written is refused at the start.
 */
import { constants, fstatSync, type Stats } from 'node:fs'
import { access, mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CommandError, systemCode, usageError } from './command-error.ts'
import { openStream, streamOf, type TextStream } from './output-stream.ts'
import { printable } from './printable.ts'

export interface OutputFile {
  /**
   * Replaces the file in one step, so a reader sees either the old text or the new one. Writes into
   * a pipe or a device. Rejects with a CommandError, or with the reason of `signal` if it aborts
   * before everything is written.
   */
  write(text: string, signal?: AbortSignal): Promise<void>
}

export interface OutputFileOptions {
  /** Whether to make the folder of the file if it does not exist. */
  readonly makeFolder?: boolean
}

/**
 * Rejects with a CommandError of exit code 2 that names `option`, which the path was given to. The
 * name of a file that exists and is not empty must end in `.json`: any other file may hold
 * somebody's work, and is kept.
 *
 * Nothing here blocks the thread, so a signal is noticed even if a system call hangs.
 */
export async function outputFile(
  option: string,
  path: string,
  { makeFolder = false }: OutputFileOptions = {},
): Promise<OutputFile> {
  const target = await targetOf(option, path, makeFolder)
  return {
    async write(text, signal) {
      try {
        signal?.throwIfAborted()
        await (target.kind === 'file' ? replace(target, text, signal) : target.write(text, signal))
      } catch (error) {
        signal?.throwIfAborted()
        throw new CommandError(`can't write ${printable(path)}: ${reasonOf(error)}`, 1)
      }
    },
  }
}

interface FileTarget {
  readonly kind: 'file'
  /** The file itself, if the path is a link. */
  readonly path: string
  /** The mode of the file that is there now, if any. */
  readonly mode: number
}

async function targetOf(
  option: string,
  path: string,
  makeFolder: boolean,
): Promise<FileTarget | TextStream> {
  const name = printable(path)
  if (path === '-') {
    throw usageError(`${option}: - is not a file; name one, or /dev/stdout for the standard output`)
  }
  try {
    if (makeFolder) await mkdir(dirname(path), { recursive: true })
    const found = await statIfAny(path)
    if (found?.isDirectory()) throw usageError(`${option}: ${name} is a folder; name a file`)
    const own = found && ownOutput(found)
    if (own !== undefined) return streamOf(own)
    // A device or a pipe must not be replaced by a file.
    if (found !== undefined && !found.isFile()) return await openStream(path)
    const real = found === undefined ? path : await realpath(path)
    if (found !== undefined) {
      await access(real, constants.W_OK)
      if (found.size > 0 && !real.endsWith('.json')) {
        throw usageError(`${option}: ${name} exists and is not a .json file; name another file`)
      }
    }
    const target: FileTarget = { kind: 'file', path: real, mode: found?.mode ?? 0o666 }
    // To replace a file, its folder must accept another one. The surest way to find out is to try.
    await rm(await made(target, ''))
    return target
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw usageError(`${option}: can't write ${name}: ${reasonOf(error)}`)
  }
}

async function statIfAny(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The stream of this process that writes to the same thing, as for `/dev/stdout`. */
function ownOutput({ dev, ino }: Stats): NodeJS.WriteStream | undefined {
  const streams = [process.stdout, process.stderr]
  return streams.find((_, index) => {
    try {
      const own = fstatSync(index + 1)
      return own.dev === dev && own.ino === ino
    } catch {
      return false
    }
  })
}

async function replace(target: FileTarget, text: string, signal?: AbortSignal): Promise<void> {
  const temporary = await made(target, text)
  try {
    signal?.throwIfAborted()
    await rename(temporary, target.path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** A new file beside the target, with its mode. Leaves nothing if it fails. */
async function made({ path, mode }: FileTarget, text: string): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${process.pid}.tmp`)
  try {
    await writeFile(temporary, text, { mode })
    return temporary
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function reasonOf(error: unknown): string {
  const code = systemCode(error)
  switch (code) {
    case undefined:
      return error instanceof Error ? error.message : String(error)
    case 'ENOENT':
      return 'its folder does not exist, or accepts no files'
    case 'ENOTDIR':
      return 'a part of its path is not a folder'
    case 'ENXIO':
      return 'nobody reads from it; start its reader first'
    case 'EPIPE':
      return 'its reader has gone'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `the system does not allow it (${code})`
    case 'ENOSPC':
      return 'the disk is full'
    default:
      return code
  }
}
