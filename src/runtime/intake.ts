/**
 * What the router does with a lane's records.
 *
 * Owns: nothing. Invariants: D5, a commit is taken in whole: for each turn its state, its outbox, its reply,
 * its settlement, and nothing in between; D9, a request that would wait for itself is refused here.
 */

import type { Clock } from '../clock.ts'
import { errorToRecord, HeddleError } from '../errors.ts'
import { agentId } from '../ids/agent-id.ts'
import { topicId } from '../ids/topic-id.ts'
import { Made } from '../messages/message.ts'
import { freezeArrived } from '../messages/payload.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Deliveries, End } from './deliveries.ts'
import type { Inspection, LogRecord } from './inspection.ts'
import type { Interventions } from './interventions.ts'
import type { LaneChannel } from './lane-channel.ts'
import type { Delivery, Ledger, Origin } from './ledger.ts'
import { domainOf } from './placement.ts'
import { laneCaller } from './requests.ts'
import {
  COPIED,
  type CommitRecord,
  type FromLane,
  type LaneRequest,
  type Observation,
  TO_SELF,
  type TurnFailure,
} from './wire.ts'

export interface IntakeParts {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly deliveries: Deliveries
  readonly agents: AgentDirectory
  readonly interventions: Interventions
  readonly inspection: Inspection
  readonly requestDeadlineMs: number
  readonly log: (record: LogRecord) => void
  readonly cancel: (delivery: Delivery, reason: string) => void
}

export class Intake {
  readonly #parts: IntakeParts
  /** Requests that lanes have sent: by lane, then by the lane's number, the delivery that will answer. */
  readonly #asked = new Map<string, Delivery>()

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  take(lane: LaneChannel, record: FromLane): void {
    switch (record.kind) {
      case 'commit':
        return this.#commit(lane, record)
      case 'requests':
        for (const request of record.requests) this.#request(lane, request)
        return
      case 'abandon':
        for (const id of record.ids) this.#abandon(lane, id)
        return
      case 'observations':
        for (const item of record.items) this.#observe(item)
        return
      case 'dry':
        return // that it came is the news: the lane has room
    }
  }

  #commit(lane: LaneChannel, record: CommitRecord): void {
    const { ledger, deliveries, inspection } = this.#parts
    lane.names.learn(record.names)
    lane.measure(record.slots.length, record.busyMs)
    const cursor = { change: 0, out: 0, reply: 0, failure: 0 }
    for (let row = 0; row < record.slots.length; row++) {
      const delivery = ledger.at(record.slots[row] as number)
      const failure = record.failures[cursor.failure]
      if (failure?.row === row) {
        cursor.failure++
        if (inspection.isOn) this.#tellTurn(lane, record, row, delivery, failure.kind)
        deliveries.settle(delivery, endOf(failure))
        continue
      }
      for (; record.changes.rows[cursor.change] === row; cursor.change++) {
        this.#store(lane, record, cursor.change, delivery)
      }
      for (; record.outbox.rows[cursor.out] === row; cursor.out++) {
        this.#publish(lane, record, cursor.out, delivery)
      }
      let end: End = HANDLED
      if (record.replies[cursor.reply]?.row === row) {
        end = this.#reply(delivery, record.replies[cursor.reply++]?.value)
      }
      if (inspection.isOn) this.#tellTurn(lane, record, row, delivery, 'handled')
      deliveries.settle(delivery, end)
    }
  }

  #store(lane: LaneChannel, { changes }: CommitRecord, at: number, delivery: Delivery): void {
    const agent = lane.names.name(changes.agents[at] as number) || delivery.agent
    const key = delivery.home
    key?.store(agent, changes.fields[at] as string, changes.values[at] ?? null)
    if (key !== undefined) key.live = true // the lane keeps what it has committed
  }

  #publish(lane: LaneChannel, { outbox }: CommitRecord, at: number, delivery: Delivery): void {
    const { deliveries, interventions } = this.#parts
    const message = lane.names.name(outbox.messages[at] as number)
    const flags = outbox.flags[at] as number
    let origin: Origin = {
      message,
      payload: outbox.payloads[at],
      bytes: outbox.bytes[at] as number,
      copied: (flags & COPIED) !== 0,
      senderAgent: lane.names.name(outbox.senders[at] as number) || delivery.agent,
      senderKey: delivery.key,
      topicType: lane.names.name(outbox.topicTypes[at] as number) || message,
      topicSource: outbox.topicSources[at] || delivery.key,
      task: delivery.task,
      depth: delivery.depth + 1,
    }
    if (!interventions.isEmpty) {
      const made = madeOf(origin, 'message')
      const topic = topicId(origin.topicType, origin.topicSource)
      const sender = agentId(origin.senderAgent, origin.senderKey)
      const intervened = interventions.onPublish(made, { topic, sender })
      if (intervened.kind === 'dropped') {
        return deliveries.acceptEnded(origin, undefined, {
          kind: 'dropped',
          reason: intervened.reason,
        })
      }
      if (intervened.kind === 'failed') {
        const error = errorToRecord(intervened.error)
        const reason = { kind: 'intervention-failed', error } as const
        return deliveries.acceptEnded(origin, undefined, { kind: 'dead-lettered', reason })
      }
      origin = { ...origin, ...contentOf(intervened.made) }
    }
    deliveries.accept(origin, deliveries.recipients(origin, (flags & TO_SELF) !== 0))
  }

  /** A reply passes the interventions; what they make of it is the caller's answer. The turn was handled either way. */
  #reply(delivery: Delivery, reply: unknown): End {
    const { interventions } = this.#parts
    if (interventions.isEmpty || delivery.caller?.isWaiting !== true)
      return { kind: 'handled', reply }
    freezeArrived(reply)
    const agent = agentId(delivery.agent, delivery.key)
    const intervened = interventions.onReply(reply, { request: delivery.message, agent })
    if (intervened.kind === 'pass') return { kind: 'handled', reply: intervened.reply }
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

  #request(lane: LaneChannel, request: LaneRequest): void {
    const { deliveries, ledger, agents, interventions, clock, requestDeadlineMs, cancel } =
      this.#parts
    const asking = ledger.at(request.slot)
    const name = asked(lane, request.id)
    const agent = `${request.agent}/${request.key}`
    const deadlineMs = request.deadlineMs ?? requestDeadlineMs
    const expired = () => {
      const delivery = this.#asked.get(name)
      if (delivery !== undefined)
        cancel(delivery, `nobody waits for its reply after ${deadlineMs} ms`)
    }
    const deadline = { agent, request: request.message, deadlineMs, expired }
    const { generation } = lane
    const answered = () => {
      this.#asked.delete(name)
      if (lane.generation === generation) asking.asking--
    }
    asking.asking++
    const caller = laneCaller(clock, request.chain, deadline, lane, request.id, answered)
    let origin: Origin = {
      message: request.message,
      payload: request.payload,
      bytes: request.bytes,
      copied: request.copied,
      senderAgent: request.sender,
      senderKey: asking.key,
      topicType: '',
      topicSource: '',
      task: asking.task,
      depth: asking.depth + 1,
    }
    try {
      agents.assertAnswers(request.agent, request.message)
      this.#assertNoCycle(request)
    } catch (error) {
      return caller.fail(errorToRecord(error)) // refused: never accepted, so nothing to account for
    }
    const recipient = { agent: request.agent, key: request.key }
    if (!interventions.isEmpty) {
      const context = {
        recipient: agentId(recipient.agent, recipient.key),
        sender: agentId(request.sender, asking.key),
      }
      const intervened = interventions.onSend(madeOf(origin, 'request'), context)
      if (intervened.kind === 'dropped') {
        return deliveries.acceptEnded(
          origin,
          recipient,
          { kind: 'dropped', reason: intervened.reason },
          caller,
        )
      }
      if (intervened.kind === 'failed') return caller.fail(errorToRecord(intervened.error))
      origin = { ...origin, ...contentOf(intervened.made) }
    }
    const delivery = deliveries.acceptRequest(origin, recipient, caller)
    if (caller.isWaiting) this.#asked.set(name, delivery)
  }

  /** D9: a request to a key that its own chain holds would wait for itself. */
  #assertNoCycle({ agent, key, chain }: LaneRequest): void {
    const { agents } = this.#parts
    const target = domainOf(agent, key, agents.isClosure(agent))
    const holds = chain.some((name) => {
      const id = agentId(name)
      return domainOf(id.type, id.key, agents.isClosure(id.type)) === target
    })
    if (holds)
      throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle: [...chain, `${agent}/${key}`] })
  }

  #abandon(lane: LaneChannel, id: number): void {
    const delivery = this.#asked.get(asked(lane, id))
    if (delivery !== undefined) this.#parts.cancel(delivery, 'its caller no longer waits')
  }

  #observe(item: Observation): void {
    const { ledger, deliveries, inspection, log } = this.#parts
    const delivery = ledger.at(item.slot)
    const agent = `${delivery.agent}/${delivery.key}`
    const messageId = deliveries.messageId(delivery.sequence)
    if (item.kind === 'emitted') {
      freezeArrived(item.event)
      delivery.emitted = true
      const told = { kind: 'emitted', agent, messageId, event: item.event } as const
      delivery.task.watcher?.event(told)
      if (inspection.isOn) inspection.tell(told)
      return
    }
    const { level, text, fields } = item
    const record = { kind: 'logged', level, text, fields, agent, messageId } as const
    log(record)
    if (inspection.isOn) inspection.tell(record)
  }

  #tellTurn(
    lane: LaneChannel,
    record: CommitRecord,
    row: number,
    delivery: Delivery,
    outcome: 'handled' | TurnFailure['kind'],
  ): void {
    const timed = record.times.length > 0 && record.times[row * 2] !== 0
    this.#parts.inspection.tell({
      kind: 'turn',
      messageId: this.#parts.deliveries.messageId(delivery.sequence),
      message: delivery.message,
      agent: delivery.agent,
      key: delivery.key,
      lane: lane.index,
      attempt: delivery.attempt,
      outcome,
      begunAt: timed ? record.times[row * 2] : undefined,
      endedAt: timed ? record.times[row * 2 + 1] : undefined,
    })
  }
}

const HANDLED: End = { kind: 'handled' }

function endOf(failure: TurnFailure): End {
  switch (failure.kind) {
    case 'cancelled':
      return { kind: 'cancelled', reason: failure.begun ? 'during its turn' : 'before its turn' }
    case 'failed':
    case 'unhandled':
      return { kind: 'dead-lettered', reason: { kind: failure.kind, error: failure.error } }
  }
}

function asked(lane: LaneChannel, id: number): string {
  return `${lane.index}.${lane.generation}.${id}`
}

function madeOf({ message, payload, bytes, copied }: Origin, kind: Made['kind']): Made {
  freezeArrived(payload)
  return new Made(kind, message, payload, { bytes, copied })
}

function contentOf({ name, payload, bytes, copied }: Made) {
  return { message: name, payload, bytes, copied }
}
