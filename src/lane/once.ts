/**
 * An effect outside that a turn does once (`turn.once`): its result is recorded when it has come
 * back, and the next attempt of the turn gets it. An attempt that begins while the effect goes on
 * waits for it.
 *
 * Owns: nothing; the results and the effects under way are with the delivery.
 * Invariant: D7, a result that a handler has seen under a name is the one that every later attempt
 * sees; on a lane, no effect goes on twice.
 */
import { HeddleError, isHeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import { handOut } from '../messages/frozen.ts'
import { type SealedPayload, sealPayload } from '../messages/payload.ts'
import { invalidOption } from '../option-check.ts'
import { untilAborted } from '../until.ts'
import type { EffectsUnderWay, LaneDelivery } from '../wire/lane-delivery.ts'
import {
  leastBytes,
  lostResult,
  Recorded,
  type RecordedResult,
  resultOf,
} from '../wire/recorded.ts'

/** For some hundred answers of a model, or a few long documents. */
export const ONCE_BYTES = 16 * 1_024 * 1_024

/** What keeps the results: a delivery, or a run without a runtime. */
export interface Keeper {
  recorded?: Recorded | undefined
  underWay?: EffectsUnderWay | undefined
}

export interface OnceHost<K extends Keeper = LaneDelivery> {
  /** The most bytes that a turn may keep. */
  readonly onceBytes: number
  /** Has the router keep a result, at once. */
  record(keeper: K, result: RecordedResult): void
  /** Whether the lane has died: nothing comes back there. */
  readonly isDead: boolean
  /** Whether there is no runtime. */
  readonly isAlone?: boolean
}

/** The part of a turn that does something once. */
export interface OncePart<K extends Keeper = LaneDelivery> {
  readonly id: AgentId
  readonly path: string
  /** Aborts when it should stop. */
  readonly ending: AbortSignal
  /** Throws when nothing of it counts any more. */
  assertGoesOn(call: string): void
  readonly run: {
    readonly host: OnceHost<K>
    readonly delivery: K
    onceNames: Set<string> | undefined
  }
}

export interface Effect {
  /** Its own in its part of the turn. */
  readonly name: string
  readonly run: () => unknown
  /** Whether a result that can't be kept is returned all the same; otherwise it is an error. */
  readonly mayBeLost: boolean
}

/**
 * Where a result may be lost, an effect whose name was used is done, and its result is lost.
 * Throws HEDDLE_INVALID_OPTION, HEDDLE_ONCE_REUSED, HEDDLE_ONCE_FULL, HEDDLE_PAYLOAD_NOT_CLONEABLE,
 * what the effect throws, and why the turn has ended that waits for an earlier attempt's effect.
 */
export async function doOnce<K extends Keeper>(part: OncePart<K>, effect: Effect) {
  const { name, run, mayBeLost } = effect
  if (typeof name !== 'string') throw invalidOption('name', name, 'a string')
  if (typeof run !== 'function') throw invalidOption('fn', run, 'a function')
  const { delivery } = part.run
  const full = `${part.path}:${name}`
  if (!noteUse(part, full)) {
    if (mayBeLost) return run()
    throw new HeddleError('HEDDLE_ONCE_REUSED', { agent: nameOf(part), name })
  }
  delivery.recorded ??= new Recorded()
  delivery.underWay ??= new Map()
  const { recorded, underWay } = delivery
  for (;;) {
    const before = recorded.get(full)
    if (before !== undefined) return given(part, name, before)
    const other = underWay.get(full)
    if (other === undefined) break
    const give = await join(part, other)
    if (give !== undefined) return give()
  }
  if (!mayBeLost) assertRoom(part, name, leastBytes(full)) // rather than do it and forget it
  const work = perform(part, full, effect)
  underWay.set(full, work)
  const forget = () => underWay.delete(full)
  work.then(forget, forget)
  const give = await work
  return give()
}

/**
 * Waits for the effect of an earlier attempt, as long as the turn goes on. Undefined: it failed, as
 * it does when its attempt was told to stop.
 */
async function join<K extends Keeper>(part: OncePart<K>, work: Promise<() => unknown>) {
  const { ending } = part
  try {
    return await untilAborted(work, ending)
  } catch {
    part.assertGoesOn('once')
    ending.throwIfAborted()
    return undefined
  }
}

/** Does the effect and has its result recorded. Returns what gives it to an attempt. */
async function perform<K extends Keeper>(
  part: OncePart<K>,
  full: string,
  { name, run, mayBeLost }: Effect,
): Promise<() => unknown> {
  const { host, delivery } = part.run
  const recorded = delivery.recorded as Recorded
  const result = host.isDead ? await never() : await run()
  const room = { bytes: recorded.bytes, limit: host.onceBytes }
  const kept = keptOf(result, full, name, room)
  if (kept.lost !== undefined && mayBeLost) return () => result
  recorded.add(kept)
  if (host.isDead) return never()
  host.record(delivery, kept)
  return () => given(part, name, kept)
}

/** A result as it is kept: where it can't be, that it was done. */
function keptOf(
  result: unknown,
  full: string,
  name: string,
  { bytes: before, limit }: { readonly bytes: number; readonly limit: number },
): RecordedResult {
  let sealed: SealedPayload
  try {
    sealed = sealPayload(result, name)
  } catch (error) {
    const code = 'HEDDLE_PAYLOAD_NOT_CLONEABLE'
    if (!isHeddleError(error, code)) throw error
    const { path, problem } = error.fields
    return lostResult(full, { code, path, problem })
  }
  const kept = resultOf(full, sealed)
  const bytes = before + kept.bytes
  return bytes <= limit ? kept : lostResult(full, { code: 'HEDDLE_ONCE_FULL', bytes, limit })
}

/** Throws where the result was lost. */
function given<K extends Keeper>(part: OncePart<K>, name: string, kept: RecordedResult): unknown {
  const { value, lost } = kept
  if (lost === undefined) return handOut(value)
  if (lost.code === 'HEDDLE_ONCE_FULL') throw fullError(part, name, lost)
  const { code, path, problem } = lost
  throw new HeddleError(code, { message: name, path, problem, effect: name })
}

function never(): Promise<never> {
  return new Promise(() => {})
}

/** False: this attempt has used the name. */
function noteUse<K extends Keeper>({ run }: OncePart<K>, full: string): boolean {
  run.onceNames ??= new Set()
  if (run.onceNames.has(full)) return false
  run.onceNames.add(full)
  return true
}

function assertRoom<K extends Keeper>(part: OncePart<K>, name: string, more: number): void {
  const { onceBytes: limit } = part.run.host
  const bytes = (part.run.delivery.recorded?.bytes ?? 0) + more
  if (bytes > limit) throw fullError(part, name, { bytes, limit })
}

function fullError<K extends Keeper>(
  part: OncePart<K>,
  name: string,
  { bytes, limit }: { readonly bytes: number; readonly limit: number },
): HeddleError {
  const { isAlone } = part.run.host
  const fields = { agent: nameOf(part), name, bytes, limit, ...(isAlone && { isAlone }) }
  return new HeddleError('HEDDLE_ONCE_FULL', fields)
}

function nameOf<K extends Keeper>({ id, run }: OncePart<K>): string {
  return run.host.isAlone ? id.type : agentIdText(id)
}
