/**
 * The child process behind a transport of the package, which does not hand it out: Node tells of
 * each child that is started.
 */
import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** What `start` begins to run, and the child process that it has started. */
export function startedBy<T>(start: () => T): {
  readonly result: T
  readonly child?: ChildProcess
} {
  let child: ChildProcess | undefined
  const hear = (message: unknown) => {
    child ??= (message as { readonly process: ChildProcess }).process
  }
  subscribe('child_process', hear)
  try {
    const result = start()
    return child === undefined ? { result } : { result, child }
  } finally {
    unsubscribe('child_process', hear)
  }
}

/** The child and its pipes no longer keep this process alive. */
export function letGoOf(child: ChildProcess): void {
  child.unref()
  for (const pipe of child.stdio) (pipe as { unref?: () => void } | null)?.unref?.()
}

/** Until the child has ended, this process stays alive. */
export function holdOn(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.ref()
}

/** How the child has ended; empty: it has not. */
export function endOf({ exitCode, signalCode }: ChildProcess): string {
  if (exitCode !== null) return `its process ended with the exit code ${exitCode}`
  return signalCode === null ? '' : `its process was ended by ${signalCode}`
}
