/**
 * The life of deliveries in the router: accepted in one place, settled in one place.
 *
 * Owns: nothing; it keeps ledger, placement, tasks, callers and watchers in step.
 * Invariants: D4, a publish makes entries for all its recipients or for none, and a message without
 * a recipient is one dead letter; each entry settles once. D8, a task past its limits is cut.
 */
import type { Clock } from '../../clock.ts'
import { type ErrorRecord, errorToRecord, HeddleError, problemOf } from '../../errors.ts'
import type { MessageFacts } from '../../messages/message-facts.ts'
import type { RecordedResult } from '../../wire/recorded.ts'
import type { Placement } from '../fleet/placement.ts'
import type { Gate } from '../gate/gate.ts'
import type { Caller } from '../ledger/caller.ts'
import type { Delivery, Incident, Incidents, Origin, Recipient } from '../ledger/delivery.ts'
import type { DeadLetterReason, End } from '../ledger/endings.ts'
import type { Expiries } from '../ledger/expiries.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { stopReasonOf, type Task } from '../ledger/task.ts'
import type { DeadLetters } from '../reports/dead-letters.ts'
import type { Inspection } from '../reports/inspection.ts'
import type { Limits } from '../requests/limits.ts'

/** How far a task may go before it is cut (D8). */
export interface TaskLimits {
  /** Turns between its first message and any other. Default 10,000. */
  readonly depth: number
  /** Deliveries in all. Default 1,000,000. */
  readonly total: number
}

/** How many attempts of a delivery are remembered. */
const HISTORY = 16

/** The attempts of a delivery so far. */
export interface Tried {
  /** The number of the next attempt. */
  readonly attempt: number
  /** How many attempts before it failed. */
  readonly failures: number
  /** What they did once. */
  readonly recorded: readonly RecordedResult[]
}

export interface DeliveriesParts {
  readonly runtimeId: string
  readonly clock: Clock
  readonly ledger: Ledger
  readonly placement: Placement
  readonly deadLetters: DeadLetters
  readonly expiries: Expiries
  readonly limits: Limits
  readonly inspection: Inspection
  readonly gate: Gate
  readonly taskLimits: TaskLimits
}

export class Deliveries {
  readonly #parts: DeliveriesParts
  #sequence = 0

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
  }

  messageId(sequence: number): string {
    return `${this.#parts.runtimeId}-${sequence.toString(36)}`
  }

  /** Accepts a message for all its recipients at once. */
  accept(origin: Origin, recipients: readonly Recipient[]): void {
    const sequence = ++this.#sequence
    if (recipients.length === 0) {
      const delivery = this.#enter(origin, NOBODY, sequence, undefined)
      this.settle(delivery, { kind: 'dead-lettered', reason: { kind: 'no-subscriber' } })
      return
    }
    // Counted in the task before any recipient: a first delivery that settles at once must not end
    // the task.
    origin.task.inFlight++
    for (const recipient of recipients) this.#admit(origin, recipient, sequence, undefined)
    this.#leaveTask(origin.task)
  }

  /**
   * Accepts a request; returns its delivery, which may have settled at once. Without a caller,
   * nothing waits for the reply.
   */
  acceptRequest(origin: Origin, recipient: Recipient, caller: Caller | undefined): Delivery {
    return this.#admit(origin, recipient, ++this.#sequence, caller)
  }

  /** Accepts a delivery that was saved in flight, with its attempts so far. */
  acceptSaved(
    origin: Origin,
    recipient: Recipient,
    caller: Caller | undefined,
    tried: Tried,
  ): Delivery {
    return this.#admit(origin, recipient, ++this.#sequence, caller, tried)
  }

  /** Accepts a message and ends it at once: it gets one entry, so that it is accounted for. */
  acceptEnded(origin: Origin, recipient: Recipient | undefined, end: End, caller?: Caller): void {
    const delivery = this.#enter(origin, recipient ?? NOBODY, ++this.#sequence, caller)
    this.settle(delivery, end)
  }

  settle(delivery: Delivery, end: End): void {
    const { ledger, placement, inspection, expiries, limits, gate } = this.#parts
    const wasPosted = delivery.state === 'posted'
    const outcome = end.kind === 'dead-lettered' ? 'deadLettered' : end.kind
    ledger.settle(delivery, outcome)
    if (delivery.ttlMs > 0) expiries.remove(delivery)
    delivery.asks = undefined
    if (delivery.permits !== undefined) limits.release(delivery)
    placement.settled(delivery, wasPosted)
    delivery.recorded = undefined
    if (delivery.home !== undefined) gate.freed(delivery.home.domain)
    switch (end.kind) {
      case 'handled':
        if (delivery.caller !== undefined) delivery.caller.reply(end.reply)
        break
      case 'dead-lettered':
        this.#keepDeadLetter(delivery, end.reason)
        delivery.caller?.fail(callerError(delivery, end.reason))
        break
      case 'dropped': {
        const { message, task } = delivery
        if (inspection.isOn) {
          inspection.tell({ kind: 'dropped', ...this.#about(delivery), reason: end.reason })
        }
        if (task.dropped++ === 0) task.firstDrop = end.reason
        delivery.caller?.fail(record('HEDDLE_DROPPED', { message, reason: end.reason }))
        break
      }
      case 'cancelled': {
        const agent = `${delivery.agent}/${delivery.key}`
        const messageId = this.messageId(delivery.sequence)
        const { task } = delivery
        const { reason } = end
        if (inspection.isOn) inspection.tell({ kind: 'cancelled', messageId, agent, reason })
        if (task.withdrawn++ === 0) task.firstWithdrawal = reason
        const what = `the request '${delivery.message}' to '${agent}'`
        delivery.caller?.fail(record('HEDDLE_CANCELLED', { what, reason }))
        break
      }
    }
    if (delivery.emitted && end.kind !== 'handled') this.retract(delivery)
    this.#leaveTask(delivery.task)
  }

  /**
   * Ends the delivery if its time to live is over: this may have happened on a lane that has died
   * since.
   */
  endIfExpired(delivery: Delivery): void {
    const { ttlMs } = delivery
    if (ttlMs === 0 || this.#parts.expiries.isAlive(delivery)) return
    this.settle(delivery, { kind: 'dead-lettered', reason: { kind: 'expired', ttlMs } })
  }

  /** Notes an attempt that failed or was lost, and that another will follow. */
  noteIncident(delivery: Delivery, kind: Incident['kind'], error: ErrorRecord): Incidents {
    delivery.incidents ??= { deaths: 0, caused: 0, failures: 0, notBefore: 0, history: [] }
    const { history } = delivery.incidents
    history.push({ attempt: delivery.attempt, kind, error, at: this.#parts.clock.wallNow() })
    if (history.length > HISTORY) history.splice(1, 1) // the first and the last attempts say most
    delivery.attempt++
    if (delivery.emitted) this.retract(delivery)
    return delivery.incidents
  }

  /** Notes that its turn failed, and that its lane tries it again after a pause. */
  retried(delivery: Delivery, error: ErrorRecord, delayMs: number): void {
    const incidents = this.noteIncident(delivery, 'failed', error)
    incidents.failures++
    if (delivery.permits !== undefined) this.#parts.limits.release(delivery)
    incidents.notBefore = this.#parts.clock.now() + delayMs
  }

  /** Tells watchers that the events they saw from this attempt no longer count. */
  retract(delivery: Delivery): void {
    delivery.emitted = false
    const agent = `${delivery.agent}/${delivery.key}`
    const told = { kind: 'retracted', agent, messageId: this.messageId(delivery.sequence) } as const
    delivery.task.watcher?.event(told)
    if (this.#parts.inspection.isOn) this.#parts.inspection.tell(told)
  }

  #admit(
    origin: Origin,
    recipient: Recipient,
    sequence: number,
    caller: Caller | undefined,
    tried?: Tried,
  ): Delivery {
    const delivery = this.#enter(origin, recipient, sequence, caller)
    if (tried !== undefined) {
      const { attempt, failures, recorded } = tried
      delivery.attempt = attempt
      for (const result of recorded) this.#parts.ledger.record(delivery, result)
      if (failures > 0) {
        delivery.incidents = { deaths: 0, caused: 0, failures, notBefore: 0, history: [] }
      }
    }
    const end = this.#cut(delivery)
    if (end === undefined) {
      this.#parts.placement.add(delivery, recipient.domain)
      if (origin.ttlMs > 0) this.#parts.expiries.add(delivery)
    } else this.settle(delivery, end)
    return delivery
  }

  #enter(origin: Origin, to: Recipient, sequence: number, caller: Caller | undefined): Delivery {
    const { ledger, inspection } = this.#parts
    const { task } = origin
    const delivery = ledger.accept(origin, to, sequence, caller)
    task.inFlight++
    task.total++
    if (inspection.isOn) {
      inspection.tell({ kind: 'accepted', ...this.#about(delivery), task: task.id })
    }
    return delivery
  }

  /** How the delivery ends if its task does not let it run; undefined: it may run. */
  #cut({ task, depth }: Delivery): End | undefined {
    if (task.cancelled !== undefined) return { kind: 'cancelled', reason: task.cancelled }
    const { taskLimits } = this.#parts
    if (task.limit === undefined) {
      if (depth > taskLimits.depth) task.limit = { limit: 'depth', value: taskLimits.depth }
      else if (task.total > taskLimits.total)
        task.limit = { limit: 'total', value: taskLimits.total }
      else return undefined
    }
    return { kind: 'dead-lettered', reason: { kind: 'task-limit', ...task.limit } }
  }

  #keepDeadLetter(delivery: Delivery, reason: DeadLetterReason): void {
    const { deadLetters, inspection, clock } = this.#parts
    const letter = deadLetters.add(delivery, {
      reason,
      ...this.#about(delivery),
      payload: delivery.payload,
      answered: delivery.caller?.isWaiting === true,
      attempts: delivery.attempt,
      history: delivery.incidents?.history ?? [],
      at: clock.wallNow(),
    })
    delivery.task.deadLetters++
    delivery.task.firstDeadLetter ??= { reason, agent: letter.recipient }
    const told = { kind: 'dead-letter', letter } as const
    if (!letter.answered) inspection.report(told, deadLetters.isWatched)
    else if (inspection.isOn) inspection.tell(told)
  }

  #about(delivery: Delivery): MessageFacts {
    const { message, sequence, parent, givenId } = delivery
    return {
      messageId: this.messageId(sequence),
      message,
      recipient: delivery.agent === '' ? undefined : `${delivery.agent}/${delivery.key}`,
      sender: senderOf(delivery),
      topic: topicOf(delivery),
      parent: parent === 0 ? undefined : this.messageId(parent),
      givenId,
    }
  }

  #leaveTask(task: Task): void {
    if (--task.inFlight > 0) return
    const { inspection } = this.#parts
    if (task.watcher === undefined && !inspection.isOn) return
    const stopReason = stopReasonOf(task)
    task.watcher?.ended({ stopReason, deliveries: task.total })
    if (inspection.isOn) inspection.tell({ kind: 'task-ended', task: task.id, stopReason })
  }
}

const NOBODY: Recipient = { agent: '', key: '', domain: '' }

/** The error that a caller gets when its request became a dead letter. */
function callerError(delivery: Delivery, reason: DeadLetterReason): ErrorRecord {
  const { message } = delivery
  const agent = `${delivery.agent}/${delivery.key}`
  switch (reason.kind) {
    case 'failed': {
      const fields = { agent, request: message, problem: problemOf(reason.error) }
      return { ...record('HEDDLE_REQUEST_FAILED', fields), cause: reason.error }
    }
    case 'unhandled':
    case 'poison':
    case 'intervention-failed':
    case 'no-lane':
      return reason.error
    case 'task-limit':
      return record('HEDDLE_TASK_LIMIT', { limit: reason.limit, value: reason.value })
    case 'shed':
      return record('HEDDLE_BOUND_REACHED', { bound: reason.bound, limit: reason.limit })
    case 'stopped':
      return record('HEDDLE_STOPPED', { call: 'send' })
    case 'expired':
      return record('HEDDLE_EXPIRED', { message, ttlMs: reason.ttlMs })
    case 'no-subscriber':
      return record('HEDDLE_UNHANDLED_REQUEST', { agent, request: message })
  }
}

function record<Code extends ConstructorParameters<typeof HeddleError>[0]>(
  code: Code,
  fields: ConstructorParameters<typeof HeddleError<Code>>[1],
): ErrorRecord {
  return errorToRecord(new HeddleError(code, fields))
}

function senderOf({ senderAgent, senderKey }: Delivery): string | undefined {
  return senderAgent === '' ? undefined : `${senderAgent}/${senderKey}`
}

function topicOf({ topicType, topicSource }: Delivery): string | undefined {
  return topicType === '' ? undefined : `${topicType}/${topicSource}`
}
