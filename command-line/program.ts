/**
 * The frame of a command-line program. Its options are checked before its work begins. It ends with
 * an exit code, and prints no stack for an error that its user can fix. Ctrl-C ends it cleanly, and
 * a reader that closes its pipe does not end it.
 */
import { constants } from 'node:os'
import { CommandError, systemCode } from './command-error.ts'
import { type Command, type CommandSpec, helpOf, type Option, parseCommand } from './parse.ts'
import { printable } from './printable.ts'

type Options = Readonly<Record<string, Option>>

/** `void` means 0. */
type ExitCode = 0 | 1

/**
 * The work of a program. When `signal` aborts, the work has to end soon: it stops what it has
 * started, and rejects or resolves.
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
 * Exit codes: what `work` returns, 0 for `--help`, 1 if the work failed, 2 if the command line is
 * wrong, 128 plus the signal's number if a signal came. The first signal aborts `signal`, and the
 * process ends when the work has, or by that signal after `interruptedMs`; a second one ends it at
 * once.
 *
 * A signal is noticed when the work returns to the event loop, so the work must not make a system
 * call that can hang on the main thread. On the thread pool (`node:fs/promises`) such a call delays
 * no signal.
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
 * The parsed command line. `--help` and a wrong option end the process. For a program that has
 * nothing to stop or to clean up, so that a signal may end it at any point.
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
 * Returns the exit code. The process ends before the stream's error event could arrive, so a failed
 * write has to be looked up.
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

/**
 * Prints the error on stderr, and returns the exit code. Only an unforeseen error is printed with
 * its stack.
 */
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
 * After the first signal nothing listens any more, so that a second one does what it does by
 * default: it ends the process at once, even while a long computation blocks the loop.
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
 * Ends the process by the signal itself, after its listeners for 'exit'. A plain exit would wait
 * for the calls on the thread pool, and work that did not end in time may hang in one.
 */
function endBy(signal: Signal): void {
  process.once('exit', () => process.kill(process.pid, signal))
  process.exit(exitCodeOf(signal))
}

function exitCodeOf(signal: Signal): number {
  return 128 + constants.signals[signal]
}

/**
 * A pipe that nobody reads any more (`| head -1`) is not a failure: what is written there is
 * dropped.
 */
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
