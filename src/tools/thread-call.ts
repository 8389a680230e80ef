/** What the main thread and a thread of a pool say to each other. */
import type { MessagePort } from 'node:worker_threads'
import { isError } from '../describe.ts'
import { describe, type ErrorRecord, errorFromRecord, errorToRecord } from '../errors.ts'
import type { Taken } from './paced-progress.ts'
import type { PoolCall } from './pool-call.ts'

/** A call on its way to a thread. */
export interface ThreadCall {
  /** Unique on its thread. */
  readonly id: number
  readonly call: PoolCall
  /** With the first call of a thread: the thread's end of the port, and what is taken from it. */
  readonly first?: { readonly port: MessagePort; readonly taken: Taken }
}

/** How a call ended. An error that was thrown would lose its code and fields on the way. */
export type ThreadOutcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }

/** On the port, to the main thread. */
export type FromThread =
  /** The module is loaded, and the tool begins; only told by its first call on the thread. */
  | { readonly kind: 'began'; readonly id: number }
  | { readonly kind: 'progress'; readonly id: number; readonly value: unknown }
  /** What a tool has left behind has failed, after its call had ended. */
  | { readonly kind: 'left'; readonly tool: string; readonly error: ErrorRecord }

/** On the port, to the thread. */
export interface ToThread {
  readonly kind: 'abort'
  readonly id: number
  readonly reason: AbortReason
}

export type AbortReason =
  | { readonly kind: 'error'; readonly error: ErrorRecord }
  | { readonly kind: 'plain'; readonly value: unknown }

/** The reason of an abort as data. */
export function packReason(reason: unknown): AbortReason {
  if (isError(reason) || (typeof reason === 'object' && reason !== null)) {
    return { kind: 'error', error: errorToRecord(reason) }
  }
  const isPlain = typeof reason !== 'function' && typeof reason !== 'symbol'
  return { kind: 'plain', value: isPlain ? reason : describe(reason) }
}

export function unpackReason(reason: AbortReason): unknown {
  return reason.kind === 'error' ? errorFromRecord(reason.error) : reason.value
}
