/**
 * An effect outside that a turn does once (`turn.once`): its result is recorded when it has come
 * back, and the next attempt of the turn gets it.
 *
 * Owns: nothing; the results are with the delivery, here and in the router.
 * Invariant: D7, a result that a handler has seen under a name is the one that every later attempt
 * sees.
 */
import { HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import { handOut } from '../messages/frozen.ts'
import { type SealedPayload, sealPayload } from '../messages/payload.ts'
import { invalidOption } from '../option-check.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import { leastBytes, Recorded, type RecordedResult, resultOf } from '../wire/recorded.ts'

/** For some hundred answers of a model, or a few long documents. */
export const ONCE_BYTES = 16 * 1_024 * 1_024

/** What keeps the results: a delivery, or a run without a runtime. */
export interface Keeper {
  recorded?: Recorded | undefined
}

export interface OnceHost<K extends Keeper = LaneDelivery> {
  /** The most bytes that a turn may keep. */
  readonly onceBytes: number
  /** Has the router keep a result, at once. */
  record(keeper: K, result: RecordedResult): void
  /** Whether the lane has died: nothing comes back there. */
  readonly isDead: boolean
}

/** The part of a turn that does something once. */
export interface OncePart<K extends Keeper = LaneDelivery> {
  readonly id: AgentId
  readonly path: string
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
 * and what the effect throws.
 */
export async function doOnce<K extends Keeper>(
  part: OncePart<K>,
  { name, run, mayBeLost }: Effect,
): Promise<unknown> {
  if (typeof name !== 'string') throw invalidOption('name', name, 'a string')
  if (typeof run !== 'function') throw invalidOption('fn', run, 'a function')
  const { host, delivery } = part.run
  const full = `${part.path}:${name}`
  if (!noteUse(part, full)) {
    if (mayBeLost) return run()
    throw new HeddleError('HEDDLE_ONCE_REUSED', { agent: agentIdText(part.id), name })
  }
  delivery.recorded ??= new Recorded()
  const { recorded } = delivery
  const before = recorded.get(full)
  if (before !== undefined) return handOut(before.value)
  if (!mayBeLost) assertRoom(part, name, leastBytes(full)) // rather than do it and forget it
  const given = host.isDead ? await never() : await run()
  // an earlier attempt, which had ended without waiting for it, may have got its own meanwhile
  const late = recorded.get(full)
  if (late !== undefined) return handOut(late.value)
  const sealed = sealedOf(given, name, mayBeLost)
  if (sealed === undefined) return given
  const result = resultOf(full, sealed)
  const isTooMuch = recorded.bytes + result.bytes > host.onceBytes
  if (isTooMuch && mayBeLost) return handOut(sealed.value)
  assertRoom(part, name, result.bytes)
  recorded.add(result)
  if (host.isDead) return never()
  host.record(delivery, result)
  return handOut(sealed.value)
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

function assertRoom<K extends Keeper>({ run, id }: OncePart<K>, name: string, more: number): void {
  const { onceBytes: limit } = run.host
  const bytes = (run.delivery.recorded?.bytes ?? 0) + more
  if (bytes <= limit) return
  throw new HeddleError('HEDDLE_ONCE_FULL', { agent: agentIdText(id), name, bytes, limit })
}

function sealedOf(given: unknown, name: string, mayBeLost: boolean): SealedPayload | undefined {
  try {
    return sealPayload(given, `once(${name})`)
  } catch (error) {
    if (mayBeLost) return undefined
    throw error
  }
}
