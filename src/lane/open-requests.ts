/**
 * The open requests of a lane's turns: replies from other keys, room in named limits, and what
 * the main thread does for them.
 *
 * Owns: their promises, and the records about them that are still to be posted.
 * Invariant: D9, each request ends: by a reply, by its signal, or when its turn does.
 */
import type { SendOptions } from '../agents/turn.ts'
import { describe, errorFromRecord, HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import { reasonText } from '../json-text.ts'
import type { Envelope } from '../messages/message.ts'
import { type ExpectedReply, replyFor } from '../messages/revised-reply.ts'
import type { PartAsk } from '../tools/main-part.ts'
import type {
  AbandonRecord,
  LaneAcquire,
  LaneCall,
  LaneRequest,
  ReleaseRecord,
  Reply,
  RequestsRecord,
} from '../wire/wire.ts'
import type { FrameTurn, TurnFrame } from './turn-frame.ts'

/** What a turn waits for, in words, for errors. */
export interface Wanted {
  readonly call: 'send' | 'withLimit' | 'run'
  readonly what: string
}

interface OpenRequest {
  readonly run: FrameTurn
  readonly wanted: Wanted
  readonly asked: ExpectedReply
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
  readonly giveUp: () => void
  readonly progress?: (value: unknown) => void
}

export class OpenRequests {
  readonly #open = new Map<number, OpenRequest>()
  #unsent: LaneRequest[] = []
  #acquires: LaneAcquire[] = []
  #calls: LaneCall[] = []
  #released: number[] = []
  #abandoned: number[] = []
  #made = 0

  ask(from: TurnFrame, request: Envelope, to: AgentId, options: SendOptions): Promise<unknown> {
    const { run } = from
    const { signal, deadlineMs } = options
    const what = `the request '${request.name}' to '${agentIdText(to)}'`
    const { id, answer } = this.#opened(run, request, signal, { call: 'send', what })
    this.#unsent.push({
      id,
      slot: run.delivery.slot,
      position: ++run.asked,
      sender: from.agent.type,
      agent: to.type,
      key: to.key,
      message: request.name,
      payload: request.sealed,
      bytes: request.bytes,
      form: request.form,
      deadlineMs,
      chain: from.chain(),
    })
    if (signal?.aborted) this.#open.get(id)?.giveUp()
    return answer
  }

  /**
   * Asks for a permit of a named limit. Resolves when the permit is granted, to a function that
   * returns it and calls `released`.
   */
  async acquire(
    from: TurnFrame,
    limit: string,
    options: SendOptions,
    released: () => void,
  ): Promise<() => void> {
    const { run } = from
    const { signal, deadlineMs } = options
    const what = `the wait for limit '${limit}'`
    const asked = { name: limit, schemas: { reply: undefined } }
    const { id, answer } = this.#opened(run, asked, signal, { call: 'withLimit', what })
    const { slot } = run.delivery
    this.#acquires.push({ id, slot, sender: from.agent.type, limit, deadlineMs })
    if (signal?.aborted) this.#open.get(id)?.giveUp()
    await answer
    return () => {
      this.#released.push(id)
      released()
    }
  }

  /** Calls a part of the main thread. Rejects with the signal's reason, or as the call does. */
  call(from: TurnFrame, { call, what, signal, progress }: PartAsk): Promise<unknown> {
    signal.throwIfAborted()
    const { run } = from
    const wanted = { call: 'run', what } as const
    const asked = { name: what, schemas: { reply: undefined } }
    const { id, answer } = this.#opened(run, asked, undefined, wanted, progress)
    this.#calls.push({ id, slot: run.delivery.slot, sender: from.agent.type, call })
    const giveUp = () => this.#abandon(id, () => signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    return answer.finally(() => signal.removeEventListener('abort', giveUp))
  }

  #opened(
    run: FrameTurn,
    asked: ExpectedReply,
    signal: AbortSignal | undefined,
    wanted: Wanted,
    progress?: (value: unknown) => void,
  ) {
    const id = ++this.#made
    const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>()
    const giveUp = () => {
      const reason = reasonText(signal?.reason)
      const { what } = wanted
      this.#abandon(id, () => new HeddleError('HEDDLE_CANCELLED', { what, reason }))
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    const release = () => signal?.removeEventListener('abort', giveUp)
    const open = { run, wanted, asked, resolve, reject, release, giveUp }
    this.#open.set(id, progress === undefined ? open : { ...open, progress })
    run.openRequests ??= new Set()
    run.openRequests.add(id)
    return { id, answer }
  }

  answer(reply: Reply): void {
    if (reply.kind === 'progress') return this.#open.get(reply.id)?.progress?.(reply.value)
    const open = this.#take(reply.id)
    if (open === undefined) return // the request was given up meanwhile
    if (reply.kind === 'error') return open.reject(errorFromRecord(reply.error))
    try {
      open.resolve(replyFor(open.asked, reply.value, reply.isRevised === true))
    } catch (error) {
      open.reject(error)
    }
  }

  /** Gives up all that a turn still waits for, each with its own error. */
  abandon(run: FrameTurn, errorOf: (wanted: Wanted) => HeddleError): void {
    for (const id of run.openRequests ?? []) this.#abandon(id, errorOf)
  }

  /**
   * The records to post to the router, in this order: what is given back may be what the new ones
   * ask for.
   */
  takeRecords(): (RequestsRecord | AbandonRecord | ReleaseRecord)[] {
    const records: (RequestsRecord | AbandonRecord | ReleaseRecord)[] = []
    if (this.#released.length > 0) records.push({ kind: 'release', ids: this.#released })
    if (this.#abandoned.length > 0) records.push({ kind: 'abandon', ids: this.#abandoned })
    if (this.#unsent.length + this.#acquires.length + this.#calls.length > 0) {
      const [requests, acquires, calls] = [this.#unsent, this.#acquires, this.#calls]
      records.push({ kind: 'requests', requests, acquires, calls })
    }
    this.#released = []
    this.#unsent = []
    this.#acquires = []
    this.#calls = []
    this.#abandoned = []
    return records
  }

  #abandon(id: number, errorOf: (wanted: Wanted) => unknown): void {
    const open = this.#take(id)
    if (open === undefined) return
    open.reject(errorOf(open.wanted))
    const isUnsent = [this.#unsent, this.#acquires, this.#calls].some((all) => takeOut(all, id))
    if (!isUnsent) this.#abandoned.push(id)
  }

  #take(id: number): OpenRequest | undefined {
    const open = this.#open.get(id)
    if (open === undefined) return undefined
    this.#open.delete(id)
    open.release()
    open.run.openRequests?.delete(id)
    return open
  }
}

/** The error of a request that its turn did not wait for. */
export function endedError(agent: string, { call, what }: Wanted): HeddleError {
  return new HeddleError('HEDDLE_TURN_ENDED', { agent, call, lost: what })
}

/**
 * Checked at the call, so that the error shows even if nobody awaits the promise. Throws
 * HEDDLE_UNKNOWN_LIMIT.
 */
export function assertLimit(limit: string, known: readonly string[]): void {
  if (known.includes(limit)) return
  const named = typeof limit === 'string' ? limit : describe(limit)
  throw new HeddleError('HEDDLE_UNKNOWN_LIMIT', { limit: named, known })
}

/** Removes the item with this id. Returns whether there was one. */
function takeOut(items: { readonly id: number }[], id: number): boolean {
  const at = items.findIndex((item) => item.id === id)
  if (at >= 0) items.splice(at, 1)
  return at >= 0
}
