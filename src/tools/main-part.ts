/**
 * What the process has once, on its main thread, for the tools of all threads: a pool of threads,
 * the connections to servers. Each part has a kind. A call from a turn goes by the turn's lane to
 * the router, which ends it with the turn; another one, from the main thread, goes straight there.
 */
import { HeddleError } from '../errors.ts'

export interface MainPart {
  /** Never throws. */
  run(data: unknown, host: PartHost): PartRun
  /**
   * The last runtime of this thread is about to have stopped. Resolves, soon in any case, when what
   * the part held for runtimes has ended. Never throws.
   */
  rest?(): Promise<void> | void
}

/** Who calls. */
export interface PartHost {
  /** Aborts when nothing waits for the call any more. */
  readonly signal: AbortSignal
  /** Shows how far the call is. The value can cross threads. */
  progress(value: unknown): void
  /** Undefined: the call comes from outside of any turn. */
  readonly turn?: PartTurn | undefined
}

/** The turn of a call, for parts in which calls wait for each other (D9). */
export interface PartTurn {
  /** The agent whose turn it is, as `type/key`. */
  readonly by: string
  /** The same for all calls of the turn. */
  readonly delivery: object
  /**
   * The turn waits for this; the returned function ends the wait. Throws HEDDLE_REQUEST_CYCLE when
   * it could wait for ever.
   */
  await(lock: PartLock): () => void
  /** The call has what it waited for, until its signal aborts: its turn does not wait for it. */
  hold(): void
}

/** What calls have and others wait for. All but the name is as it is when it is read. */
export interface PartLock {
  /** As in `the tool 'search' (key 'k')`. */
  readonly name: string
  /** Whether all that have it must let go of it before the wait ends; false: any one of them. */
  readonly needsAll: boolean
  /** Whether the wait ends by itself. */
  readonly hasRoom: boolean
  /** Those that have it, as `type/key`. */
  readonly heldBy: readonly string[]
  /** Those among them that could have it for ever. */
  turns(): readonly PartTurn[]
}

export interface PartRun {
  readonly result: Promise<unknown>
  /** Settles when nothing runs for the call any more. Never rejects. */
  readonly letGo: Promise<unknown>
}

/** A call, as data that can cross threads. */
export interface PartCall {
  readonly kind: string
  readonly data: unknown
}

export interface PartAsk extends PartHost {
  readonly call: PartCall
  /** For errors, as in `the tool 'search'`. */
  readonly what: string
}

/** Takes the call of a turn. Undefined: the calling code belongs to no turn. */
export type WayToMain = (ask: PartAsk) => Promise<unknown> | undefined

const parts = new Map<string, MainPart>()
let way: WayToMain | undefined
let isLane = false
/** Those of this thread that have not stopped. */
let runtimes = 0

/** On the main thread: from now on, calls of this kind go to this part. */
export function setMainPart(kind: string, part: MainPart): void {
  parts.set(kind, part)
}

/** Whether a runtime of this thread has not stopped: its turns may call. */
export function isInUse(): boolean {
  return runtimes > 0
}

/** A runtime begins on this thread. */
export function runtimeBegins(): void {
  runtimes += 1
}

/** One has stopped. Resolves when the parts that only it used are at rest. */
export async function runtimeEnds(): Promise<void> {
  runtimes -= 1
  if (runtimes > 0) return
  await Promise.all([...parts.values()].map((part) => part.rest?.()))
}

/** This is the thread of a lane: it has no parts. */
export function becomeThreadOfLane(): void {
  isLane = true
}

/** Whether a part of this kind is there: its subpath is loaded. */
export function hasPart(kind: string): boolean {
  return parts.has(kind)
}

/** Whether this is the thread of a lane. */
export function isLaneThread(): boolean {
  return isLane
}

/** Sets how the turns on this thread reach the main thread. */
export function setWayToMain(toMain: WayToMain): void {
  way = toMain
}

/**
 * Calls a part. Rejects as the call does, with the signal's reason as soon as that aborts, and with
 * HEDDLE_OUTSIDE_TURN, HEDDLE_NOT_ON_MAIN.
 */
export async function onMain(ask: PartAsk): Promise<unknown> {
  ask.signal.throwIfAborted()
  const ofTurn = way?.(ask)
  if (ofTurn !== undefined) return ofTurn
  if (isLane) throw new HeddleError('HEDDLE_OUTSIDE_TURN', { what: ask.what })
  return runHere(ask.call, ask).result
}

/** On the main thread. */
export function runHere({ kind, data }: PartCall, host: PartHost): PartRun {
  const part = parts.get(kind)
  if (part !== undefined) return part.run(data, host)
  const result = Promise.reject(new HeddleError('HEDDLE_NOT_ON_MAIN', { subpath: kind }))
  result.catch(() => {}) // whoever calls hears of it
  return { result, letGo: Promise.resolve() }
}
