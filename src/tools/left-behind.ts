/**
 * What tools leave behind on a thread: timers, and promises that nobody awaits.
 *
 * Invariant: what one of these throws, and where it exits, never ends the call of another tool that
 * runs by then.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** One call, for all that it starts. */
export interface CallMark {
  readonly tool: string
  hasEnded: boolean
}

const marks = new AsyncLocalStorage<CallMark>()

/** Calls `run`; all that it starts, and leaves behind, has the mark. */
export function marked<T>(mark: CallMark, run: () => T): T {
  return marks.run(mark, run)
}

/**
 * From now on, `left` hears of each error that a call has left behind. Any other one that nobody
 * catches ends the thread, as without this.
 */
export function watchLeftBehind(left: (tool: string, error: unknown) => void): void {
  const listen = (event: 'uncaughtException' | 'unhandledRejection') => {
    process.on(event, (error: unknown) => {
      const mark = marks.getStore()
      if (mark?.hasEnded === true) left(mark.tool, error)
      else if (process.listenerCount(event) === 1) throw error
    })
  }
  listen('uncaughtException')
  listen('unhandledRejection')
  const { exit } = process
  process.exit = (code) => {
    const mark = marks.getStore()
    if (mark?.hasEnded !== true) return exit(code)
    throw new Error(`it called process.exit(${code ?? ''})`)
  }
}
