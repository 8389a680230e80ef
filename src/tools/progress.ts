/** What a tool shows while it runs. */
import { types } from 'node:util'
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

/**
 * A user's listener of progress, which may be asynchronous; if it fails, the signal aborts with its
 * error.
 */
export function hearing(
  given: AbortSignal | undefined,
  listener: ((value: unknown) => unknown) | undefined,
): { readonly signal: AbortSignal; readonly onProgress: (value: unknown) => void } {
  const failing = new AbortController()
  if (listener === undefined) return { signal: given ?? failing.signal, onProgress: () => {} }
  const signal = given === undefined ? failing.signal : AbortSignal.any([given, failing.signal])
  const onProgress = (value: unknown) => {
    const told = listener(value)
    if (types.isPromise(told)) told.catch((error) => failing.abort(error))
  }
  return { signal, onProgress }
}
