/**
 * Takes in a lane's records.
 *
 * Owns: nothing.
 * Invariant: D5, a commit is taken in as a whole: for each turn its state, its outbox, its reply
 * and its settlement, with nothing in between.
 */
import { errorToRecord, HeddleError } from '../../errors.ts'
import { agentId } from '../../ids/agent-id.ts'
import { topicId } from '../../ids/topic-id.ts'
import type { PayloadForm } from '../../messages/payload.ts'
import { RevisedReply } from '../../messages/revised-reply.ts'
import {
  type ChangeColumns,
  COPIED,
  type CommitRecord,
  type FromLane,
  type Observation,
  type OutboxColumns,
  type RecordedRecord,
  TEXT,
  TO_SELF,
  type TurnFailure,
} from '../../wire/wire.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { Delivery, Origin } from '../ledger/delivery.ts'
import type { End } from '../ledger/endings.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { InspectRecord, LogRecord } from '../reports/inspect-record.ts'
import type { Inspection } from '../reports/inspection.ts'
import { tellSafely } from '../reports/listeners.ts'
import type { Limits } from '../requests/limits.ts'
import type { Audience } from '../routing/audience.ts'
import { contentOf, type Interventions, madeOf } from '../routing/interventions.ts'
import type { Deliveries } from './deliveries.ts'
import type { LaneRequests } from './lane-requests.ts'

export interface IntakeParts {
  readonly ledger: Ledger
  readonly audience: Audience
  readonly deliveries: Deliveries
  readonly requests: LaneRequests
  readonly interventions: Interventions
  readonly limits: Limits
  readonly inspection: Inspection
  readonly log: (record: LogRecord) => void
}

export class Intake {
  readonly #parts: IntakeParts

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  take(lane: LaneChannel, record: FromLane): void {
    switch (record.kind) {
      case 'commit':
        return this.#commit(lane, record)
      case 'requests':
        for (const request of record.requests) this.#parts.requests.take(lane, request)
        for (const acquire of record.acquires) this.#parts.requests.acquire(lane, acquire)
        for (const call of record.calls) this.#parts.requests.call(lane, call)
        return
      case 'release':
        for (const id of record.ids) this.#parts.requests.release(lane, id)
        return
      case 'abandon':
        for (const id of record.ids) this.#parts.requests.abandon(lane, id)
        return
      case 'recorded':
        return this.#record(record)
      case 'observations':
        for (const item of record.items) this.#observe(item)
        return
      case 'undone':
        for (const slot of record.slots) this.#undone(this.#parts.ledger.at(slot))
        return
      case 'dry':
        return // the record itself is the message: the lane has room
    }
  }

  #commit(lane: LaneChannel, record: CommitRecord): void {
    const { ledger, deliveries, inspection } = this.#parts
    lane.names.learn(record.names)
    lane.measure(record.slots.length, record.busyMs)
    const { slots, changes, outbox } = record
    lane.beginCommit(slots.length)
    const cursor = { change: 0, out: 0, reply: 0, failure: 0 }
    for (let row = 0; row < slots.length; row++) {
      const delivery = ledger.at(slots[row] as number)
      const failure = record.failures[cursor.failure]
      if (failure?.row === row) {
        cursor.failure++
        if (inspection.isOn || failure.kind === 'retried') {
          this.#tellTurn(lane, record, row, delivery, failure)
        }
        if (failure.kind === 'retried') {
          deliveries.retried(delivery, failure.error, failure.delayMs)
        } else deliveries.settle(delivery, endOf(failure, delivery))
        lane.rowTaken()
        continue
      }
      for (; changes?.rows[cursor.change] === row; cursor.change++) {
        this.#store(lane, changes, cursor.change, delivery)
      }
      for (; outbox?.rows[cursor.out] === row; cursor.out++) {
        this.#publish(lane, outbox, cursor.out, delivery)
      }
      let end: End = HANDLED
      if (record.replies[cursor.reply]?.row === row) {
        end = this.#reply(delivery, record.replies[cursor.reply++]?.value)
      }
      if (inspection.isOn) this.#tellTurn(lane, record, row, delivery, undefined)
      deliveries.settle(delivery, end)
      lane.rowTaken()
    }
  }

  #store(lane: LaneChannel, changes: ChangeColumns, at: number, delivery: Delivery): void {
    const agent = lane.names.name(changes.agents[at] as number) || delivery.agent
    delivery.home?.commit(agent, changes.fields[at] as string, changes.values[at] ?? null)
  }

  #publish(lane: LaneChannel, outbox: OutboxColumns, at: number, delivery: Delivery): void {
    const { audience, deliveries, interventions } = this.#parts
    const message = lane.names.name(outbox.messages[at] as number)
    const flags = outbox.flags[at] as number
    let origin: Origin = {
      message,
      payload: outbox.payloads[at],
      bytes: outbox.bytes[at] as number,
      form: formOf(flags),
      senderAgent: lane.names.name(outbox.senders[at] as number) || delivery.agent,
      senderKey: delivery.key,
      topicType: lane.names.name(outbox.topicTypes[at] as number) || message,
      topicSource: outbox.topicSources[at] || delivery.key,
      task: delivery.task,
      depth: delivery.depth + 1,
      ttlMs: outbox.ttls?.[at] ?? 0,
      parent: delivery.sequence,
      givenId: undefined,
    }
    if (!interventions.isEmpty) {
      const made = madeOf(origin, 'message')
      const topic = topicId(origin.topicType, origin.topicSource)
      const sender = agentId(origin.senderAgent, origin.senderKey)
      const intervened = interventions.onPublish(made, { topic, sender })
      if (intervened.kind === 'dropped') {
        return deliveries.acceptEnded(origin, undefined, intervened)
      }
      if (intervened.kind === 'failed') {
        const error = errorToRecord(intervened.error)
        const reason = { kind: 'intervention-failed', error } as const
        return deliveries.acceptEnded(origin, undefined, { kind: 'dead-lettered', reason })
      }
      origin = { ...origin, ...contentOf(intervened.made) }
    }
    deliveries.accept(origin, audience.of(origin, (flags & TO_SELF) !== 0))
  }

  /**
   * A reply passes the interventions; their result is the caller's answer. The turn was handled
   * either way.
   */
  #reply(delivery: Delivery, reply: unknown): End {
    const { interventions } = this.#parts
    if (interventions.isEmpty || delivery.caller?.isWaiting !== true)
      return { kind: 'handled', reply }
    const agent = agentId(delivery.agent, delivery.key)
    const intervened = interventions.onReply(reply, { request: delivery.message, agent })
    if (intervened.kind === 'pass') {
      const passed = intervened.reply
      return { kind: 'handled', reply: passed === reply ? reply : new RevisedReply(passed) }
    }
    const error =
      intervened.kind === 'failed'
        ? intervened.error
        : new HeddleError('HEDDLE_DROPPED', {
            message: delivery.message,
            reason: intervened.reason,
          })
    delivery.caller.fail(errorToRecord(error))
    return HANDLED
  }

  /** A result that comes after its delivery has settled is of no use. */
  #record({ slot, sequence, result }: RecordedRecord): void {
    const { ledger } = this.#parts
    const delivery = ledger.find(slot)
    if (delivery?.sequence === sequence) ledger.record(delivery, result)
  }

  /** The delivery runs again, on its lane and at its place, as if it had never run. */
  #undone(delivery: Delivery): void {
    const { deliveries, limits } = this.#parts
    if (delivery.emitted) deliveries.retract(delivery)
    if (delivery.permits !== undefined) limits.release(delivery)
  }

  #observe(item: Observation): void {
    const { ledger, deliveries, inspection, log } = this.#parts
    if (item.kind === 'late-error') return inspection.report(item)
    const delivery = ledger.at(item.slot)
    const agent = `${delivery.agent}/${delivery.key}`
    const messageId = deliveries.messageId(delivery.sequence)
    if (item.kind === 'emitted') {
      delivery.emitted = true
      const { watcher } = delivery.task
      if (watcher === undefined && !inspection.isOn) return
      const told = { kind: 'emitted', agent, messageId, event: item.event } as const
      watcher?.event(told)
      if (inspection.isOn) inspection.tell(told)
      return
    }
    const { level, text, fields } = item
    const record = {
      kind: 'logged',
      level,
      text,
      fields,
      agent,
      messageId,
    } as const
    tellSafely('log', log, record)
    if (inspection.isOn) inspection.tell(record)
  }

  #tellTurn(
    lane: LaneChannel,
    record: CommitRecord,
    row: number,
    delivery: Delivery,
    failure: TurnFailure | undefined,
  ): void {
    const timed = record.times.length > 0 && record.times[row * 2] !== 0
    const { inspection } = this.#parts
    const told: InspectRecord = {
      kind: 'turn',
      messageId: this.#parts.deliveries.messageId(delivery.sequence),
      message: delivery.message,
      agent: delivery.agent,
      key: delivery.key,
      lane: lane.index,
      attempt: delivery.attempt,
      outcome: failure?.kind ?? 'handled',
      error: failure !== undefined && 'error' in failure ? failure.error : undefined,
      againInMs: failure?.kind === 'retried' ? failure.delayMs : undefined,
      begunAt: timed ? record.times[row * 2] : undefined,
      endedAt: timed ? record.times[row * 2 + 1] : undefined,
    }
    if (failure?.kind === 'retried') inspection.report(told)
    else inspection.tell(told)
  }
}

function formOf(flags: number): PayloadForm {
  if ((flags & COPIED) !== 0) return 'copied'
  return (flags & TEXT) === 0 ? 'frozen' : 'text'
}

const HANDLED: End = { kind: 'handled' }

function endOf(
  failure: Exclude<TurnFailure, { kind: 'retried' }>,
  { ttlMs, cancelled }: Delivery,
): End {
  switch (failure.kind) {
    case 'cancelled':
      return {
        kind: 'cancelled',
        reason: cancelled ?? (failure.begun ? 'during its turn' : 'before its turn'),
      }
    case 'expired':
      return { kind: 'dead-lettered', reason: { kind: 'expired', ttlMs } }
    case 'failed':
    case 'unhandled':
      return { kind: 'dead-lettered', reason: { kind: failure.kind, error: failure.error } }
  }
}
