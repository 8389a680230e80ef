/**
 * Runs code as child processes of this one.
 *
 * Owns: the children of a call, and the files and the folder made for them. They are gone when the
 * call ends.
 * Does not own: any isolation. The code may do all that this process may.
 * Gotchas: a child that leaves its process group is not found again. When this process is killed by
 * a signal, running children live on: they are in process groups of their own, which a terminal's
 * Ctrl-C does not reach. Windows has no groups: only the child itself is killed there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { systemClock } from '../../clock.ts'
import { type CodeBlock, languageOf } from '../../models/code-blocks.ts'
import { MS, NAME, type RulesOf, TEXT, valuesOf } from '../../option-rules.ts'
import { checkOptions } from '../messages/options.ts'
import type { CodeExecutor, CodeOutcome } from './code-executor.ts'

/** The options of `processExecutor`. */
export interface ProcessExecutorOptions {
  /** For all blocks of a call together. Default 60,000. */
  readonly timeoutMs?: number
  /**
   * The folder in which the code runs. It must exist, and is not removed. Default: a new folder for
   * each call, removed after it.
   */
  readonly folder?: string
  /**
   * Added to PATH, HOME, LANG, TMPDIR and what Windows needs. Nothing else of this process's
   * environment is passed on.
   */
  readonly env?: Readonly<Record<string, string>>
}

const RULES: RulesOf<ProcessExecutorOptions> = { timeoutMs: MS, folder: NAME, env: valuesOf(TEXT) }

const PROGRAMS: Readonly<Record<string, { readonly command: string; readonly ending: string }>> = {
  javascript: { command: process.execPath, ending: 'js' },
  python: { command: 'python3', ending: 'py' },
  sh: { command: 'sh', ending: 'sh' },
}
/** Code that a model has written must not see the secrets of this process. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SystemRoot', 'PATHEXT', 'TEMP']
const MOST_BYTES = 1024 * 1024
/** How long a pipe may stay open once its group is gone: a process that left the group holds it. */
const DRAIN_MS = 500
/** The exit codes that shells use. */
const EXIT = { timedOut: 124, notFound: 127, bySignal: 128 }

/** The running children: killed when this process exits by itself. */
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) killGroup(child)
})

/**
 * Runs `javascript` with this process's node, `python` with `python3` and `sh` with `sh`, one block
 * after another, and stops at the first that does not exit with 0. The outcome is the last exit
 * code, and all that the blocks wrote to stdout and stderr, cut at 1 MiB. At the timeout they are
 * killed, and the exit code is 124. It is 127 where a language or its program is not known, and 128
 * plus the signal's number for a child that was killed otherwise. A call whose signal is aborted
 * kills them and rejects with the signal's reason.
 *
 * It isolates nothing: the code has this process's rights, files and network. For code that you
 * would not run yourself, write a `CodeExecutor` over a container or a service. It ignores the
 * idempotency key: code runs again when a turn does.
 *
 * Throws HEDDLE_INVALID_CHAT_AGENT for an option that is wrong or unknown.
 */
export function processExecutor(options: ProcessExecutorOptions = {}): CodeExecutor {
  checkOptions<ProcessExecutorOptions>('chat agent', options, RULES, 'its processExecutor')
  const { timeoutMs = 60_000, folder, env = {} } = options
  const passedOn = PASSED_ON.map((name) => [name, process.env[name]])
  const environment = {
    ...Object.fromEntries(passedOn.filter(([, value]) => value !== undefined)),
    ...env,
  }
  return Object.freeze({
    run: async (blocks: readonly CodeBlock[], { signal }: { readonly signal: AbortSignal }) => {
      signal.throwIfAborted()
      const unknown = blocks.find(({ language }) => programOf(language) === undefined)
      if (unknown !== undefined) {
        const output = `there is no program for '${unknown.language}', and nothing was run\n`
        return { exitCode: EXIT.notFound, output }
      }
      const own = folder === undefined ? await mkdtemp(join(tmpdir(), 'heddle-code-')) : undefined
      try {
        const setting = { cwd: own ?? resolve(folder ?? ''), env: environment }
        return await runAll(blocks, setting, timeoutMs, signal)
      } finally {
        if (own !== undefined) await removed(own)
      }
    },
  })
}

interface Setting {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

async function runAll(
  blocks: readonly CodeBlock[],
  setting: Setting,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CodeOutcome> {
  const output = new Output()
  const timeout = new AbortController()
  const takeBack = systemClock.after(timeoutMs, () => timeout.abort())
  const ending = AbortSignal.any([signal, timeout.signal])
  let exitCode = 0
  try {
    for (const block of blocks) {
      exitCode = await runOne(block, setting, output, ending)
      signal.throwIfAborted()
      if (timeout.signal.aborted) {
        output.note(`killed: it took longer than ${timeoutMs} ms`)
        exitCode = EXIT.timedOut
      }
      if (exitCode !== 0) break
    }
  } finally {
    takeBack()
  }
  return { exitCode, output: output.text }
}

async function runOne(
  { language, code }: CodeBlock,
  setting: Setting,
  output: Output,
  ending: AbortSignal,
): Promise<number> {
  const { command, ending: name } = programOf(language) as { command: string; ending: string }
  const file = join(setting.cwd, `block-${randomUUID()}.${name}`)
  try {
    await writeFile(file, code)
    if (ending.aborted) return EXIT.timedOut
    return await exitOf(command, file, setting, output, ending)
  } finally {
    await removed(file)
  }
}

function exitOf(
  command: string,
  file: string,
  setting: Setting,
  output: Output,
  ending: AbortSignal,
): Promise<number> {
  // In a process group of its own, so that the processes it starts are killed with it.
  const detached = process.platform !== 'win32'
  const child = spawn(command, [file], { ...setting, detached, stdio: ['ignore', 'pipe', 'pipe'] })
  output.take(child)
  const kill = () => killGroup(child)
  let stopDraining = () => {}
  const forget = () => {
    ending.removeEventListener('abort', kill)
    children.delete(child)
  }
  ending.addEventListener('abort', kill, { once: true })
  children.add(child)
  const { promise, resolve: end } = Promise.withResolvers<number>()
  child.once('error', (error) => {
    output.note(`${command} can't be run: ${error.message}`)
    end(EXIT.notFound)
  })
  child.once('exit', () => {
    kill()
    forget() // its process id may be reused from now on
    stopDraining = systemClock.after(DRAIN_MS, () => {
      child.stdout.destroy()
      child.stderr.destroy()
    })
  })
  child.once('close', (code, signal) => {
    end(code ?? EXIT.bySignal + (signal === null ? 0 : constants.signals[signal]))
  })
  return promise.finally(() => {
    stopDraining()
    forget()
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}

/**
 * What the children write, in order of arrival, up to the bound. The rest is read and thrown away,
 * so that the children don't block.
 */
class Output {
  #text = ''
  #room = MOST_BYTES
  #isCut = false

  take({ stdout, stderr }: ChildProcess): void {
    for (const stream of [stdout, stderr]) {
      const decoder = new TextDecoder() // keeps a character whose bytes come in two pieces
      stream?.on('data', (bytes: Buffer) => {
        const fitting = bytes.subarray(0, this.#room)
        this.#room -= fitting.length
        this.#isCut ||= fitting.length < bytes.length
        this.#text += decoder.decode(fitting, { stream: true })
      })
    }
  }

  /** Adds a note on its own line. */
  note(text: string): void {
    this.#text += `${this.#text === '' || this.#text.endsWith('\n') ? '' : '\n'}${text}\n`
  }

  get text(): string {
    if (this.#isCut) this.note(`the output was cut at ${MOST_BYTES} bytes`)
    this.#isCut = false
    return this.#text
  }
}

function programOf(language: string) {
  const name = languageOf(language)
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined
}

/** Files that the code has made unremovable must not hide its outcome. */
function removed(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
}
