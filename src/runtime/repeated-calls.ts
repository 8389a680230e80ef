/**
 * Calls from outside that carry an id of their caller's: the same call again is no new delivery, and gets what
 * came of the first (D7).
 *
 * Owns: nothing; what came of them is kept in `recent-ids.ts`.
 * Invariants: a call that was not accepted frees its id; each caller keeps its own deadline and signal.
 */
import { errorToRecord, isHeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { Made } from '../messages/message.ts'
import { sealPayload } from '../messages/payload.ts'
import { untilAborted } from '../until.ts'
import type { Entrance } from './entrance.ts'
import { type OutsideOptions, topicText } from './outside-options.ts'
import { cancelledCall, OutsideRequest, requestText } from './outside-request.ts'
import type { NamedCall, RecentIds } from './recent-ids.ts'
import type { AskerParts } from './requests.ts'
import type { SendOptions } from './turn.ts'

export class RepeatedCalls {
  readonly #entrance: Entrance
  readonly #publishes: RecentIds<Promise<unknown>>
  readonly #requests: RecentIds<OutsideRequest>
  readonly #parts: AskerParts

  constructor(
    entrance: Entrance,
    publishes: RecentIds<Promise<unknown>>,
    requests: RecentIds<OutsideRequest>,
    parts: AskerParts,
  ) {
    this.#entrance = entrance
    this.#publishes = publishes
    this.#requests = requests
    this.#parts = parts
  }

  /** As `publish`. Throws HEDDLE_ID_REUSED. */
  publish(made: Made, topic: TopicId, id: string, options: OutsideOptions): Promise<unknown> {
    const named: NamedCall = { call: 'publish', id, made, target: topicText(topic) }
    const known = this.#publishes.find(named)
    if (known !== undefined) return this.#follow(known, made, topic, id, options)
    const accepted = Promise.resolve(this.#entrance.publish(made, topic, options, undefined, id))
    this.#publishes.remember(named, accepted)
    accepted.catch(() => this.#publishes.forget(named, accepted))
    return accepted
  }

  /** As `send`. Throws HEDDLE_ID_REUSED. */
  send(made: Made, to: AgentId, id: string, options: SendOptions): Promise<unknown> {
    const named: NamedCall = { call: 'send', id, made, target: agentIdText(to) }
    const known = this.#requests.find(named)
    if (known !== undefined) return this.#wait(known, made, to, id, options)
    const request = this.#entrance.ask(made, to, options, id)
    this.#requests.remember(named, request)
    request.answer.then(
      (reply) => this.#requests.grow(named, request, bytesOf(reply)),
      () => request.isAccepted || this.#requests.forget(named, request),
    )
    return request.answer
  }

  /** Another caller's publish stands for this one, unless that caller gave up before there was room. */
  async #follow(
    known: Promise<unknown>,
    made: Made,
    topic: TopicId,
    id: string,
    options: OutsideOptions,
  ): Promise<unknown> {
    const { signal } = options
    const what = `'${made.name}'`
    if (signal?.aborted) throw cancelledCall(what, signal)
    const outcome = known.catch((error) => {
      if (isHeddleError(error, 'HEDDLE_CANCELLED')) return this.publish(made, topic, id, options)
      throw error
    })
    try {
      return await untilAborted(outcome, signal)
    } catch (error) {
      throw signal?.aborted && error === signal.reason ? cancelledCall(what, signal) : error
    }
  }

  /** Waits for another caller's answer, with a deadline and a signal of its own. */
  #wait(
    known: OutsideRequest,
    made: Made,
    to: AgentId,
    id: string,
    options: SendOptions,
  ): Promise<unknown> {
    const { signal } = options
    if (signal?.aborted) throw cancelledCall(requestText(made, to), signal)
    const { answer, caller } = new OutsideRequest(this.#parts, made, to, options)
    const fail = (error: unknown) => caller.fail(errorToRecord(error))
    const reply = (value: unknown) => caller.reply(value)
    known.answer.then(reply, (error) => {
      if (known.isAccepted || !caller.isWaiting) return fail(error)
      // The first caller gave up before there was room: this one goes in by itself.
      new Promise((resolve) => resolve(this.send(made, to, id, options))).then(reply, fail)
    })
    return answer
  }
}

function bytesOf(reply: unknown): number {
  try {
    return sealPayload(reply, 'reply').bytes
  } catch {
    return 0 // an intervention may answer with anything
  }
}
