/**
 * Where the calls of a thread go: to the process's pool of tools, and for their locks.
 */
import { workerData } from 'node:worker_threads'
import { HeddleError } from '../errors.ts'
import type { KeyLock, LockAsk } from './tool-locks.ts'

/** A call for a pool, as data that crosses threads. */
export interface PoolCall {
  /** The URL of the module that exports the tool. */
  readonly module: string
  /** The tool's name. */
  readonly name: string
  /** Checked and sealed. */
  readonly args: unknown
  /** An estimate of the size of `args`. */
  readonly bytes: number
  readonly callId: string
  readonly agent: string
  readonly idempotencyKey: string
  /** True: the result is what a model is shown of it, and not the value itself. */
  readonly forModel: boolean
  readonly memoryMb: number
  readonly timeoutMs: number
  readonly lock: KeyLock | undefined
  /** How many calls of this tool may run at once; undefined: any number. */
  readonly atMost: number | undefined
}

export interface PlaceOptions {
  readonly signal: AbortSignal
  readonly onProgress: (value: unknown) => void
  /** What a call does that finds the queue full. Default `refuse`. */
  readonly whenFull?: WhenFull | undefined
}

/** `refuse`: the call fails with HEDDLE_TOOL_POOL_FULL. `wait`: it waits until there is room. */
export type WhenFull = 'refuse' | 'wait'

/** How the tools of a thread reach what the process has once. */
export interface ToolPlace {
  /** Runs a call in the pool. Rejects with the signal's reason as soon as that aborts. */
  run(call: PoolCall, options: PlaceOptions): Promise<unknown>
  /**
   * Waits for the locks of a call that runs beside its caller. Resolves to the function that gives
   * them back. Rejects with the signal's reason.
   */
  hold(ask: LockAsk, signal: AbortSignal): Promise<() => void>
}

const MARK = 'heddleToolThread'

/** The `workerData` of a pool's threads. */
export const THREAD_MARK: object = { [MARK]: true }

/** Whether this is a thread of a pool of tools. */
export function isToolThread(): boolean {
  return Reflect.get(Object(workerData), MARK) === true
}

let ownPlace: ToolPlace | undefined

/** Sets where the calls of this thread go. */
export function setToolPlace(place: ToolPlace | undefined): void {
  ownPlace = place
}

/** The place that was set, or else `other`. Throws HEDDLE_TOOL_NO_POOL where there is neither. */
export function toolPlace(tool: string, other: ToolPlace | undefined): ToolPlace {
  const place = ownPlace ?? other
  if (place !== undefined) return place
  const problem = isToolThread()
    ? 'it is called inside a tool of a pool, and a thread that waits for another one could wait for ever; call its function itself'
    : 'this thread has no way to the pool of the process; call it from the main thread or from an agent'
  throw new HeddleError('HEDDLE_TOOL_NO_POOL', { tool, problem })
}
