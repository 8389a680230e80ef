/** What a tool shows while it runs. */
import { plainCopy } from '../messages/plain.ts'
import { refuseTool } from './tool-refusal.ts'

export interface Progress {
  /** Throws HEDDLE_INVALID_TOOL for a value that JSON does not carry. */
  readonly show: (value: unknown) => void
  /** The call is over: nothing is shown any more. */
  readonly end: () => void
}

/**
 * Passes on what the tool shows, as a frozen copy, until its call ends or the signal aborts. Later
 * values are dropped: a timer of the tool may still fire, and is no error.
 */
export function shownWhile(
  signal: AbortSignal,
  tool: string,
  show: (content: unknown) => void,
): Progress {
  let isOver = false
  return {
    show: (value) => {
      const copied = plainCopy(value, 'frozen')
      if (copied.kind === 'odd')
        throw refuseTool(`its progress can't be shown: ${copied.problem}`, tool)
      if (!isOver && !signal.aborted) show(copied.value)
    },
    end: () => {
      isOver = true
    },
  }
}
