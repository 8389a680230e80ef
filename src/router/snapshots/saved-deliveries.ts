/**
 * Deliveries that had not settled when a runtime's state was saved: how they become data, and how
 * another runtime accepts them.
 *
 * Invariants: each key keeps its order; D7, a saved turn keeps the answers that it had, and the
 * requests that it still waits for are loaded with it, so that its next attempt asks no agent
 * twice.
 */
import { HeddleError, problemOf } from '../../errors.ts'
import { agentId } from '../../ids/agent-id.ts'
import { topicId } from '../../ids/topic-id.ts'
import { sealPayload } from '../../messages/payload.ts'
import { RevisedReply } from '../../messages/revised-reply.ts'
import { decode, type Encoded, encode } from '../../state/encoding.ts'
import { type Lost, lostResult, type RecordedResult, resultOf } from '../../wire/recorded.ts'
import type { Deliveries } from '../deliveries/deliveries.ts'
import type { Delivery, KeptAsk } from '../ledger/delivery.ts'
import type { Expiries } from '../ledger/expiries.ts'
import type { Task, Tasks } from '../ledger/task.ts'
import type { RequestDesk } from '../requests/request-desk.ts'
import { TurnRequest } from '../requests/turn-request.ts'
import type { Audience } from '../routing/audience.ts'

/** A delivery that had not settled: plain data, to be kept as JSON. */
export interface SavedDelivery {
  readonly message: string
  /** Encoded text that only heddle reads. */
  readonly payload: Encoded
  /** `type/key`. */
  readonly recipient: string
  /** `type/source`; undefined: it is a request. */
  readonly topic?: string
  /** `type/key`; undefined: the message came from outside. */
  readonly sender?: string
  /** Deliveries with the same number belong to one task. */
  readonly task: number
  /** How many turns lie between it and its task's first message. */
  readonly depth: number
  /** The number of the next attempt, from 1. */
  readonly attempt: number
  /** How many of its attempts failed. */
  readonly failures: number
  /** The rest of its time to live, in milliseconds. */
  readonly ttlMs?: number
  /** The turn that waits for its answer. */
  readonly askedBy?: {
    /** The index of that turn's delivery in the list, before this one. */
    readonly delivery: number
    readonly position: number
    /** The agent ids that wait, outermost first. */
    readonly chain: readonly string[]
    readonly deadlineMs?: number
  }
  /** The answers that its turn has had. */
  readonly answers?: readonly SavedAnswer[]
  /** The results of what its turn did once. */
  readonly recorded?: readonly SavedResult[]
}

/** The result of an effect outside, by the name that only heddle reads. */
export interface SavedResult {
  readonly name: string
  readonly value: Encoded
  /** Why there is none, if it could not be kept. */
  readonly lost?: Lost
}

/** An answer that a turn had to its request at this position. */
export interface SavedAnswer {
  readonly position: number
  /** The type of the agent that asked. */
  readonly sender: string
  /** `type/key` of the agent that answered. */
  readonly recipient: string
  readonly message: string
  readonly payload: Encoded
  readonly answer: Encoded
}

/**
 * `live` is oldest first, so that a turn stands before its requests. Deliveries that are being
 * cancelled are left out, with their requests. Throws HEDDLE_PAYLOAD_NOT_CLONEABLE.
 */
export function saveDeliveries(live: readonly Delivery[], expiries: Expiries): SavedDelivery[] {
  const saved: SavedDelivery[] = []
  const places = new Map<Delivery, number>()
  const askers = new Map<Delivery, KeptAsk>()
  const tasks = new Map<Task, number>()
  for (const delivery of live) {
    const asks = [...(delivery.asks?.values() ?? [])]
    for (const asker of asks) if (asker.delivery !== undefined) askers.set(asker.delivery, asker)
    const asker = askers.get(delivery)
    const asking = asker === undefined ? undefined : places.get(asker.asking)
    const isLost = asker !== undefined && asking === undefined
    if (delivery.cancelled !== undefined || isLost) continue
    if (!tasks.has(delivery.task)) tasks.set(delivery.task, tasks.size)
    places.set(delivery, saved.length)
    const { message, attempt, depth, incidents, topicType, senderAgent } = delivery
    const answers = asks.flatMap((one) => answerOf(one))
    const recorded = delivery.recorded?.all ?? []
    saved.push({
      message,
      payload: encoded(delivery.payload, message),
      recipient: `${delivery.agent}/${delivery.key}`,
      ...(topicType !== '' && { topic: `${topicType}/${delivery.topicSource}` }),
      ...(senderAgent !== '' && { sender: `${senderAgent}/${delivery.senderKey}` }),
      task: tasks.get(delivery.task) as number,
      depth,
      attempt,
      failures: incidents?.failures ?? 0,
      ...(delivery.ttlMs > 0 && { ttlMs: Math.max(1, expiries.leftOf(delivery)) }),
      ...(asker !== undefined && asking !== undefined && { askedBy: askOf(asker, asking) }),
      ...(answers.length > 0 && { answers }),
      ...(recorded.length > 0 && {
        recorded: recorded.map((result) => savedResult(result, message)),
      }),
    })
  }
  return saved
}

function askOf({ request }: KeptAsk, delivery: number): NonNullable<SavedDelivery['askedBy']> {
  const { position, chain, deadlineMs } = request
  return { delivery, position, chain: [...chain], ...(deadlineMs !== undefined && { deadlineMs }) }
}

function answerOf({ request, answer }: KeptAsk): SavedAnswer[] {
  if (answer === undefined) return []
  const { position, sender, agent, key, message, payload } = request
  const recipient = `${agent}/${key}`
  return [
    {
      position,
      sender,
      recipient,
      message,
      payload: encoded(payload, message),
      answer: encoded(plain(answer.value), message),
    },
  ]
}

/** A reply that an intervention made is saved as it is: the caller does not check it again. */
function plain(reply: unknown): unknown {
  return reply instanceof RevisedReply ? reply.value : reply
}

function encoded(value: unknown, message: string): Encoded {
  try {
    return encode(value)
  } catch (cause) {
    const problem = `can't be saved: ${problemOf(cause)}`
    const fields = { message, path: 'payload', problem }
    throw new HeddleError('HEDDLE_PAYLOAD_NOT_CLONEABLE', fields, { cause })
  }
}

export interface LoadParts extends RequestDesk {
  readonly audience: Audience
  readonly deliveries: Deliveries
  readonly tasks: Tasks
}

/** Accepts saved deliveries in their order. They have been checked. */
export function loadDeliveries(saved: readonly SavedDelivery[], parts: LoadParts): void {
  const { audience, deliveries, tasks } = parts
  const taskOf = new Map<number, Task>()
  const accepted: Delivery[] = []
  for (const one of saved) {
    const task = taskOf.get(one.task) ?? tasks.create()
    taskOf.set(one.task, task)
    const { type, key } = agentId(one.recipient)
    const recipient = audience.one(type, key)
    const origin = originOf(one, task)
    const asking = accepted[one.askedBy?.delivery ?? -1]
    const { attempt, failures } = one
    const tried = { attempt, failures, recorded: (one.recorded ?? []).map(loadedResult) }
    if (asking === undefined || one.askedBy === undefined) {
      accepted.push(deliveries.acceptSaved(origin, recipient, undefined, tried))
    } else {
      const { position, chain, deadlineMs } = one.askedBy
      const own = { position, chain: [...chain], deadlineMs }
      const asked = { ...requestOf(one, origin.senderAgent), ...own }
      const asker = new TurnRequest(parts, undefined, asked, asking)
      const delivery = deliveries.acceptSaved(origin, recipient, asker.caller, tried)
      asker.accepted(delivery)
      asker.orphan() // no caller waits until the turn asks again
      accepted.push(delivery)
    }
    for (const answer of one.answers ?? []) loadAnswer(answer, accepted.at(-1) as Delivery, parts)
  }
}

function savedResult({ name, value, lost }: RecordedResult, message: string): SavedResult {
  return { name, value: encoded(value, message), ...(lost && { lost }) }
}

function loadedResult({ name, value, lost }: SavedResult): RecordedResult {
  if (lost !== undefined) return lostResult(name, lost)
  return resultOf(name, sealPayload(decode(value), name))
}

function loadAnswer(saved: SavedAnswer, asking: Delivery, parts: RequestDesk): void {
  const { position, sender, answer } = saved
  const asked = { ...requestOf(saved, sender), position, chain: [], deadlineMs: undefined }
  const asker = new TurnRequest(parts, undefined, asked, asking)
  asker.caller.reply(sealPayload(decode(answer), saved.message).value)
  asker.accepted(undefined)
}

function originOf(saved: SavedDelivery, task: Task) {
  const { value: payload, bytes, form } = sealPayload(decode(saved.payload), saved.message)
  const sender = saved.sender === undefined ? undefined : agentId(saved.sender)
  const topic = saved.topic === undefined ? undefined : topicId(saved.topic)
  return {
    parent: 0,
    givenId: undefined,
    message: saved.message,
    payload,
    bytes,
    form,
    senderAgent: sender?.type ?? '',
    senderKey: sender?.key ?? '',
    topicType: topic?.type ?? '',
    topicSource: topic?.source ?? '',
    task,
    depth: saved.depth,
    ttlMs: saved.ttlMs ?? 0,
  }
}

/** A request as its turn had made it, for comparison with the request that the turn makes now. */
function requestOf(saved: SavedDelivery | SavedAnswer, sender: string) {
  const { type: agent, key } = agentId(saved.recipient)
  const { message } = saved
  const { value: payload, bytes, form } = sealPayload(decode(saved.payload), message)
  return { id: 0, slot: 0, sender, agent, key, message, payload, bytes, form }
}
