/** A file that a program writes at its end: refused at its beginning if it can't be written. */
import {
  accessSync,
  constants,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CommandError, systemCode, usageError } from './command-error.ts'
import { printable } from './printable.ts'

export interface OutputFile {
  /** Replaces the file in one step: a reader sees the old text or the new one. Throws a CommandError. */
  write(text: string): void
}

export interface OutputFileOptions {
  /** Whether to make the folder of the file if it does not exist. */
  readonly makeFolder?: boolean
}

/** Throws a CommandError of exit code 2 that names `option`, the one by which the path came. */
export function outputFile(
  option: string,
  path: string,
  { makeFolder = false }: OutputFileOptions = {},
): OutputFile {
  const target = targetOf(option, path, makeFolder)
  return {
    write(text) {
      try {
        writeTo(target, text)
      } catch (error) {
        throw new CommandError(`can't write ${printable(path)}: ${reasonOf(error)}`, 1)
      }
    },
  }
}

interface Target {
  /** The file itself, where `path` is a link. */
  readonly path: string
  /** What is there now, if anything. */
  readonly found: Stats | undefined
}

function targetOf(option: string, path: string, makeFolder: boolean): Target {
  try {
    if (makeFolder) mkdirSync(dirname(path), { recursive: true })
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory())
      throw usageError(`${option}: ${printable(path)} is a folder; name a file`)
    const target = { path: found === undefined ? path : realpathSync(path), found }
    if (found !== undefined) accessSync(target.path, constants.W_OK)
    // A file that is replaced needs a folder that takes another; the surest way to know is to try.
    if (isReplaced(target)) rmSync(made(target, ''))
    return target
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw usageError(`${option}: can't write ${printable(path)}: ${reasonOf(error)}`)
  }
}

/** A device or a pipe is written to; a file that took its place would be something else. */
function isReplaced({ found }: Target): boolean {
  return found === undefined || found.isFile()
}

function writeTo(target: Target, text: string): void {
  if (!isReplaced(target)) {
    writeFileSync(target.path, text)
    return
  }
  const temporary = made(target, text)
  try {
    renameSync(temporary, target.path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** A new file beside the target, with its mode. Leaves nothing if it fails. */
function made({ path, found }: Target, text: string): string {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${process.pid}.tmp`)
  try {
    writeFileSync(temporary, text, { mode: found?.mode ?? 0o666 })
    return temporary
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function reasonOf(error: unknown): string {
  const code = systemCode(error)
  switch (code) {
    case undefined:
      return error instanceof Error ? error.message : String(error)
    case 'ENOENT':
      return 'its folder does not exist, or takes no files'
    case 'ENOTDIR':
      return 'a part of its path is no folder'
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
