/**
 * Calls from outside that carry an id from their caller: the same call again makes no new delivery,
 * and gets the outcome of the first (D7).
 *
 * Owns: how many callers wait for each call. The outcomes are kept in `recent-ids.ts`.
 * Invariants: a call that was not accepted frees its id; each caller, also the first, keeps its own
 * deadline and signal; the call itself is given up when its last caller gives up.
 */
import type { SendOptions } from '../../agents/turn.ts'
import type { Clock } from '../../clock.ts'
import { errorToRecord } from '../../errors.ts'
import { type AgentId, agentIdText } from '../../ids/agent-id.ts'
import type { TopicId } from '../../ids/topic-id.ts'
import type { Envelope } from '../../messages/message.ts'
import { sealPayload } from '../../messages/payload.ts'
import { untilAborted } from '../../until.ts'
import { cancelledCall, OutsideRequest, requestText } from '../requests/outside-request.ts'
import type { RequestDesk } from '../requests/request-desk.ts'
import type { Entrance } from './entrance.ts'
import { type OutsideOptions, topicText } from './outside-options.ts'
import { type IdWindow, type NamedCall, RecentIds } from './recent-ids.ts'

/** A publish that several callers may wait for. */
interface SharedPublish {
  readonly accepted: Promise<unknown>
  /** How many wait for it. */
  callers: number
  /** Ends its wait for room; undefined once it was accepted. */
  leave: ((reason: unknown) => void) | undefined
}

/** A request that several callers may wait for. */
interface SharedRequest {
  readonly request: OutsideRequest
  /** How many wait for it. */
  callers: number
}

export class RepeatedCalls {
  readonly #entrance: Entrance
  readonly #publishes: RecentIds<SharedPublish>
  readonly #requests: RecentIds<SharedRequest>
  readonly #parts: RequestDesk

  constructor(
    entrance: Entrance,
    parts: RequestDesk,
    { clock, idWindow }: { readonly clock: Clock; readonly idWindow: IdWindow },
  ) {
    this.#entrance = entrance
    this.#parts = parts
    this.#publishes = new RecentIds(clock, idWindow)
    this.#requests = new RecentIds(clock, idWindow)
  }

  /** As `publish`. Throws HEDDLE_ID_REUSED. */
  publish(made: Envelope, topic: TopicId, id: string, options: OutsideOptions): Promise<unknown> {
    const { signal, ttlMs } = options
    const named: NamedCall = { call: 'publish', id, made, target: topicText(topic) }
    const known = this.#publishes.find(named)
    const what = `'${made.name}'`
    if (signal?.aborted) throw cancelledCall(what, signal)
    const shared = known ?? this.#beginPublish(named, topic, ttlMs)
    if (signal === undefined) {
      shared.callers += 1 // a publish never gives up
      return shared.accepted
    }
    return this.#follow(named, shared, what, signal)
  }

  /** As `send`. Throws HEDDLE_ID_REUSED. */
  send(made: Envelope, to: AgentId, id: string, options: SendOptions): Promise<unknown> {
    const { signal } = options
    const named: NamedCall = { call: 'send', id, made, target: agentIdText(to) }
    const known = this.#requests.find(named)
    if (signal?.aborted) throw cancelledCall(requestText(made, to), signal)
    const shared = known ?? this.#beginRequest(named, to)
    const { request } = shared
    const { answer, caller } = new OutsideRequest(this.#parts, made, to, options)
    shared.callers += 1
    request.answer.then(
      (value) => caller.reply(value),
      (error) => caller.fail(errorToRecord(error)),
    )
    answer.catch((error) => {
      shared.callers -= 1
      if (shared.callers > 0 || !request.caller.isWaiting) return
      if (!request.isAccepted) this.#requests.forget(named, shared)
      request.giveUp(error)
    })
    return answer
  }

  #beginPublish(named: NamedCall, topic: TopicId, ttlMs: number | undefined): SharedPublish {
    const { made, id } = named
    const control = new AbortController()
    const options = { signal: control.signal, ...(ttlMs !== undefined && { ttlMs }) }
    const accepted = Promise.resolve(this.#entrance.publish(made, topic, options, undefined, id))
    const leave = (reason: unknown) => control.abort(reason)
    const shared: SharedPublish = { accepted, callers: 0, leave }
    this.#publishes.remember(named, shared)
    accepted.then(
      () => {
        shared.leave = undefined
      },
      () => this.#publishes.forget(named, shared),
    )
    return shared
  }

  async #follow(
    named: NamedCall,
    shared: SharedPublish,
    what: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    shared.callers += 1
    try {
      return await untilAborted(shared.accepted, signal)
    } catch (error) {
      if (!signal.aborted || !Object.is(error, signal.reason)) throw error
      shared.callers -= 1
      if (shared.callers === 0 && shared.leave !== undefined) {
        this.#publishes.forget(named, shared)
        shared.leave(error)
      }
      throw cancelledCall(what, signal)
    }
  }

  #beginRequest(named: NamedCall, to: AgentId): SharedRequest {
    const { made, id } = named
    // Each of its callers has its own deadline.
    const options = { deadlineMs: Number.POSITIVE_INFINITY }
    const request = this.#entrance.ask(made, to, options, id)
    const shared: SharedRequest = { request, callers: 0 }
    this.#requests.remember(named, shared)
    request.answer.then(
      (reply) => this.#requests.grow(named, shared, bytesOf(reply)),
      () => request.isAccepted || this.#requests.forget(named, shared),
    )
    return shared
  }
}

function bytesOf(reply: unknown): number {
  try {
    return sealPayload(reply, 'reply').bytes
  } catch {
    return 0 // an intervention may answer with any value
  }
}
