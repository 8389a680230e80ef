/**
 * Publishes and sends from outside: checked, passed through interventions, held to the bounds,
 * accepted.
 *
 * Owns: nothing; messages that wait for room are in the gate.
 * Invariants: D4, a message that is refused here was not accepted, not even in part; D8, only
 * messages from outside are held back.
 */
import type { SendOptions } from '../../agents/turn.ts'
import { errorToRecord, HeddleError } from '../../errors.ts'
import type { AgentId } from '../../ids/agent-id.ts'
import type { TopicId } from '../../ids/topic-id.ts'
import type { Envelope } from '../../messages/message.ts'
import type { Deliveries } from '../deliveries/deliveries.ts'
import type { Reached } from '../gate/bounds.ts'
import type { Gate } from '../gate/gate.ts'
import type { Delivery, Origin, Recipient } from '../ledger/delivery.ts'
import type { Task, Tasks, TaskWatcher } from '../ledger/task.ts'
import { cancelledCall, OutsideRequest, requestText } from '../requests/outside-request.ts'
import type { RequestDesk } from '../requests/request-desk.ts'
import type { AgentDirectory } from '../routing/agent-directory.ts'
import type { Audience } from '../routing/audience.ts'
import type { Interventions } from '../routing/interventions.ts'
import type { OutsideOptions } from './outside-options.ts'

export interface EntranceParts extends RequestDesk {
  readonly agents: AgentDirectory
  readonly audience: Audience
  readonly tasks: Tasks
  readonly interventions: Interventions
  readonly deliveries: Deliveries
  readonly gate: Gate
  readonly hasLanes: () => boolean
  /**
   * A message was accepted: it should leave together with the others of this turn of the event
   * loop.
   */
  readonly accepted: () => void
}

/** What happens to a message at the gate. */
/** `isHeld`: whether it waits while the runtime is full, as calls from outside do. Default true. */
interface EnteringOptions extends Pick<OutsideOptions, 'ttlMs' | 'signal'> {
  readonly isHeld?: boolean
}

interface Entering {
  readonly accept: () => void
  readonly shed: (reached: Reached) => void
}

export class Entrance {
  readonly #parts: EntranceParts

  constructor(parts: EntranceParts) {
    this.#parts = parts
  }

  /** Accepts a publish, now or when there is room. Throws or rejects if it is not accepted. */
  publish(
    made: Envelope,
    topic: TopicId,
    { ttlMs = 0, signal, isHeld }: EnteringOptions,
    watcher?: TaskWatcher,
    id?: string,
  ): Task | Promise<Task> {
    if (signal?.aborted) throw cancelledCall(`'${made.name}'`, signal)
    const { agents, interventions, audience, deliveries, tasks } = this.#parts
    agents.schemas.assertFits(made)
    const task = tasks.create(watcher)
    let content = made
    if (!interventions.isEmpty) {
      const context = { topic: Object.freeze(topic), sender: undefined }
      const intervened = interventions.onPublish(made, context)
      if (intervened.kind === 'failed') throw intervened.error
      if (intervened.kind === 'dropped') {
        deliveries.acceptEnded(originOf(made, topic, task, ttlMs, id), undefined, intervened)
        return task
      }
      content = intervened.made
    }
    const origin = originOf(content, topic, task, ttlMs, id)
    const recipients = audience.of(origin, false)
    const entered = this.#enter(origin, recipients, signal, isHeld)
    return entered === undefined ? task : entered.then(() => task)
  }

  /**
   * Accepts a dead letter again: for the agent that it was for, or, if there was none, for the
   * present subscribers.
   */
  acceptAgain(dead: Delivery): Promise<void> | undefined {
    const { audience, deliveries, tasks, accepted } = this.#parts
    const origin: Origin = { ...dead, task: tasks.create(), depth: 0 }
    if (dead.agent === '') return this.#enter(origin, audience.of(origin, false))
    const recipient = audience.one(dead.agent, dead.key)
    if (dead.topicType !== '') return this.#enter(origin, [recipient])
    const accept = () => void deliveries.acceptRequest(origin, recipient, undefined)
    if (!this.#isOpenTo([recipient], origin.bytes)) {
      const shed = () => {}
      return this.#waitFor([recipient], origin, { accept, shed })
    }
    accept()
    accepted()
    return undefined
  }

  #enter(
    origin: Origin,
    recipients: readonly Recipient[],
    signal?: AbortSignal,
    isHeld = true,
  ): Promise<void> | undefined {
    const { deliveries, accepted } = this.#parts
    if (this.#isOpenTo(recipients, origin.bytes) || !isHeld) {
      deliveries.accept(origin, recipients)
      accepted()
      return undefined
    }
    const entering = {
      accept: () => deliveries.accept(origin, recipients),
      shed: (reached: Reached) => deliveries.acceptEnded(origin, undefined, shedAs(reached)),
    }
    return this.#waitFor(recipients, origin, entering, signal)
  }

  /** Accepts a request; resolves to its reply. Throws or rejects when it is not accepted. */
  send(made: Envelope, to: AgentId, options: SendOptions): Promise<unknown> {
    return this.ask(made, to, options).answer
  }

  ask(made: Envelope, to: AgentId, options: SendOptions, id?: string): OutsideRequest {
    const { agents, audience, interventions, deliveries, tasks } = this.#parts
    agents.assertAnswers(to.type, made.name)
    agents.schemas.assertFits(made)
    const { signal } = options
    if (signal?.aborted) throw cancelledCall(requestText(made, to), signal)
    const recipient = audience.one(to.type, to.key)
    const task = tasks.create()
    let content = made
    if (!interventions.isEmpty) {
      const intervened = interventions.onSend(made, { recipient: to, sender: undefined })
      if (intervened.kind === 'failed') throw intervened.error
      if (intervened.kind === 'dropped') {
        const request = new OutsideRequest(this.#parts, made, to, options)
        request.isAccepted = true
        const origin = originOf(made, undefined, task, 0, id)
        deliveries.acceptEnded(origin, recipient, intervened, request.caller)
        return request
      }
      content = intervened.made
    }
    const origin = originOf(content, undefined, task, 0, id)
    const recipients: readonly [Recipient] = [recipient]
    const isOpen = this.#isOpenTo(recipients, origin.bytes)
    const request = new OutsideRequest(this.#parts, made, to, options)
    if (isOpen) {
      request.isAccepted = true
      request.delivery = deliveries.acceptRequest(origin, recipient, request.caller)
      this.#parts.accepted()
    } else this.#holdBackRequest(request, origin, recipients)
    return request
  }

  #holdBackRequest(request: OutsideRequest, origin: Origin, to: readonly [Recipient]): void {
    const { deliveries } = this.#parts
    const { caller } = request
    const fail = (error: unknown) => caller.fail(errorToRecord(error))
    const entering: Entering = {
      accept: () => {
        request.leave = undefined
        request.isAccepted = true
        request.delivery = deliveries.acceptRequest(origin, to[0], caller)
      },
      shed: (reached) => {
        request.isAccepted = true
        deliveries.acceptEnded(origin, to[0], shedAs(reached), caller)
      },
    }
    try {
      request.leave = this.#holdBack(to, origin.bytes, entering, fail)
    } catch (error) {
      fail(error)
    }
  }

  /** Throws HEDDLE_NO_LANES. */
  assertLanes(): void {
    if (this.#parts.hasLanes()) return
    const problem = 'none could be replaced after its death'
    throw new HeddleError('HEDDLE_NO_LANES', { problem })
  }

  /** Whether a message can be let in now. Throws HEDDLE_NO_LANES. */
  #isOpenTo(recipients: readonly Recipient[], bytes: number): boolean {
    this.assertLanes()
    return this.#parts.gate.isOpenTo(recipients, bytes)
  }

  /**
   * A promise that resolves when the message enters; undefined: it was shed. Throws
   * HEDDLE_BOUND_REACHED.
   */
  #waitFor(
    recipients: readonly Recipient[],
    origin: Origin,
    { accept, shed }: Entering,
    signal?: AbortSignal,
  ): Promise<void> | undefined {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let leave: (() => void) | undefined
    const abort = () => {
      leave?.()
      reject(cancelledCall(`'${origin.message}'`, signal))
    }
    const settled = () => signal?.removeEventListener('abort', abort)
    const refuse = (error: Error) => {
      settled()
      reject(error)
    }
    const enter = () => {
      settled()
      accept()
      resolve()
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      leave = this.#holdBack(recipients, origin.bytes, { accept: enter, shed }, refuse)
    } catch (error) {
      settled()
      throw error
    }
    if (leave !== undefined) return promise
    settled()
    return undefined
  }

  /**
   * Handles a message that can't be let in now. Returns a function that ends its wait; undefined:
   * it does not wait. Throws HEDDLE_BOUND_REACHED.
   */
  #holdBack(
    recipients: readonly Recipient[],
    bytes: number,
    entering: Entering,
    refuse: (error: Error) => void,
  ): (() => void) | undefined {
    const { gate, accepted } = this.#parts
    const reached = gate.reached(recipients, bytes)
    if (reached === undefined || gate.bounds.policy === 'wait') {
      const accept = () => {
        entering.accept()
        accepted()
      }
      const leave = gate.wait({ recipients, bytes, accept, refuse })
      return () => {
        leave()
        accepted() // messages that waited behind it may go in now
      }
    }
    const { bound, limit } = reached
    if (gate.bounds.policy === 'reject') {
      throw new HeddleError('HEDDLE_BOUND_REACHED', { bound, limit })
    }
    entering.shed(reached)
    accepted()
    return undefined
  }
}

function shedAs({ bound, limit }: Reached) {
  return { kind: 'dead-lettered', reason: { kind: 'shed', bound, limit } } as const
}

function originOf(
  made: Envelope,
  topic: TopicId | undefined,
  task: Task,
  ttlMs: number,
  givenId: string | undefined,
): Origin {
  return {
    message: made.name,
    payload: made.sealed,
    bytes: made.bytes,
    form: made.form,
    senderAgent: '',
    senderKey: '',
    topicType: topic?.type ?? '',
    topicSource: topic?.source ?? '',
    task,
    depth: 0,
    ttlMs,
    parent: 0,
    givenId,
  }
}
