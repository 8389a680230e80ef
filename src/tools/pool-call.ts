/** A call for a pool of tools, as data, and how a thread of a pool is known. */
import { workerData } from 'node:worker_threads'
import type { PartTurn } from './main-part.ts'
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
  /** The turn that calls; undefined: the call comes from outside of any turn. */
  readonly turn?: PartTurn | undefined
}

/** `refuse`: the call fails with HEDDLE_TOOL_POOL_FULL. `wait`: it waits until there is room. */
export type WhenFull = 'refuse' | 'wait'

const MARK = 'heddleToolThread'

/** The `workerData` of a pool's threads. */
export const THREAD_MARK: object = { [MARK]: true }

/** Whether this is a thread of a pool of tools. */
export function isToolThread(): boolean {
  return Reflect.get(Object(workerData), MARK) === true
}

/** The locks that a call needs. */
export function askOf(call: PoolCall): LockAsk {
  const { module, name, lock, atMost, callId, agent, idempotencyKey } = call
  return { tool: `${module} ${name}`, name, lock, atMost, callId, agent, idempotencyKey }
}
