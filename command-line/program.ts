/**
 * The frame of a program for the command line: its options are checked before it works, it ends
 * with an exit code and never with a stack for what its user can mend, Ctrl-C ends it cleanly, and
 * a reader that closes its pipe ends nothing.
 */
import { constants } from 'node:os'
import { CommandError, systemCode } from './command-error.ts'
import { type Command, type CommandSpec, helpOf, type Option, parseCommand } from './parse.ts'
import { printable } from './printable.ts'

type Options = Readonly<Record<string, Option>>

/** `void`: 0. */
type ExitCode = 0 | 1

/**
 * The work of a program. When `signal` aborts it has to end soon: it stops what it has started, and
 * rejects or resolves.
 */
export type Work<O extends Options> = (
  command: Command<O>,
  signal: AbortSignal,
) => Promise<ExitCode | undefined>

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type Signal = (typeof SIGNALS)[number]

/** How long an interrupted program may take to end by itself, unless it says otherwise. */
const INTERRUPTED_MS = 5_000

/**
 * Exit codes: what `work` says, 0 for `--help`, 1 if the work failed, 2 if what was typed is wrong,
 * 128 and the signal's number if a signal came. The first signal aborts `signal`, and the process
 * ends when the work has, or by that signal after `interruptedMs`; a second one ends it at once.
 *
 * A signal is heard when the work comes back to the loop, so the work must make no call of the
 * system that can hang there: on the thread pool (`node:fs/promises`) it holds up no signal.
 */
export async function runProgram<const O extends Options>(
  spec: CommandSpec<O>,
  work: Work<O>,
  { interruptedMs = INTERRUPTED_MS }: { readonly interruptedMs?: number } = {},
): Promise<void> {
  const command = commandOrExit(spec)
  const output = watchOutput()
  const stop = new AbortController()
  const unlisten = listenForSignals(stop, interruptedMs)
  try {
    const code = await work(command, stop.signal)
    process.exitCode = output.failed ? 1 : (code ?? 0)
  } catch (error) {
    if (!stop.signal.aborted) process.exitCode = tell(error)
  } finally {
    unlisten()
  }
  if (stop.signal.aborted) process.exit(exitCodeOf(stop.signal.reason as Signal))
}

/**
 * What was typed; `--help`, and what is wrong, end the process. For a program without anything to
 * stop or to take away, which a signal may end where it is.
 */
export function commandOrExit<const O extends Options>(spec: CommandSpec<O>): Command<O> {
  try {
    const command = parseCommand(spec, process.argv.slice(2))
    if (command.kind === 'run') return command
    process.exit(printHelp(helpOf(spec)))
  } catch (error) {
    process.exit(tell(error))
  }
}

/**
 * The exit code: before the process ends, nobody comes to hear of what went wrong but by asking.
 */
function printHelp(help: string): 0 | 1 {
  process.stdout.on('error', () => {})
  print(help)
  const failure = process.stdout.errored
  if (failure === null || systemCode(failure) === 'EPIPE') return 0
  complain(unwritten(failure))
  return 1
}

/** Writes a line, or several, to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Writes a line to stderr. */
export function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** On stderr, and returns the exit code. Only what nobody foresaw is told with its stack. */
function tell(error: unknown): 1 | 2 {
  if (error instanceof CommandError) {
    complain(error.message)
    return error.exitCode
  }
  if (systemCode(error) !== undefined) complain(printable((error as Error).message))
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
}

/**
 * After the first signal nobody listens any more, so that a second one does what the system does by
 * itself: it ends the process at once, even while a long computation keeps the loop.
 */
function listenForSignals(stop: AbortController, interruptedMs: number): () => void {
  const unlisten = () => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  const onSignal = (signal: Signal) => {
    unlisten()
    setTimeout(() => endBy(signal), interruptedMs).unref()
    stop.abort(signal)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return unlisten
}

/**
 * Ends the process after its listeners for 'exit', by the signal itself: an exit would wait for the
 * calls on the thread pool, and what did not end by itself may hang in one.
 */
function endBy(signal: Signal): void {
  process.once('exit', () => process.kill(process.pid, signal))
  process.exit(exitCodeOf(signal))
}

function exitCodeOf(signal: Signal): number {
  return 128 + constants.signals[signal]
}

/** A pipe that nobody reads any more (`| head -1`) is no failure: what goes there is dropped. */
function watchOutput(): { readonly failed: boolean } {
  const state = { failed: false }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: Error) => {
      if (systemCode(error) === 'EPIPE' || state.failed) return
      state.failed = true
      process.exitCode = 1
      if (stream === process.stdout) complain(unwritten(error))
    })
  }
  return state
}

function unwritten(error: Error): string {
  return `can't write the output: ${systemCode(error) ?? error}`
}
