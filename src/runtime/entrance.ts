/**
 * What comes from outside: checked, seen by interventions, let in at the bounds, accepted.
 *
 * Owns: nothing; who waits for room stands in the gate.
 * Invariants: D4, what is refused here was not accepted, in no part; D8, only what comes from outside is held back.
 */
import { errorToRecord, HeddleError } from '../errors.ts'
import type { AgentId } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { Made } from '../messages/message.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Audience } from './audience.ts'
import type { Gate, Reached } from './bounds.ts'
import type { Deliveries } from './deliveries.ts'
import type { Interventions } from './interventions.ts'
import type { Delivery, Origin, Recipient } from './ledger.ts'
import { cancelledRequest, OutsideRequest } from './outside-request.ts'
import type { RecentIds } from './recent-ids.ts'
import type { AskerParts } from './requests.ts'
import type { Task, Tasks, TaskWatcher } from './tasks.ts'
import type { SendOptions } from './turn.ts'

export interface EntranceParts extends AskerParts {
  readonly agents: AgentDirectory
  readonly audience: Audience
  readonly tasks: Tasks
  readonly interventions: Interventions
  readonly deliveries: Deliveries
  readonly gate: Gate
  /** What came of messages whose ids were given: their acceptance, or their answer. */
  readonly ids: RecentIds<Promise<unknown>>
  readonly hasLanes: () => boolean
  /** Something was accepted: let it leave with what else comes in this turn of the loop. */
  readonly accepted: () => void
}

/** What becomes of a message at the gate. */
interface Entering {
  readonly accept: () => void
  readonly shed: (reached: Reached) => void
}

export class Entrance {
  readonly #parts: EntranceParts

  constructor(parts: EntranceParts) {
    this.#parts = parts
  }

  /** As `publish`; a message of this id that came before stands for it (D7). */
  publishOnce(made: Made, topic: TopicId, id: string, ttlMs?: number): Promise<unknown> {
    const { ids } = this.#parts
    const known = ids.find(id)
    if (known !== undefined) return known
    const accepted = Promise.resolve(this.publish(made, topic, undefined, ttlMs, id))
    ids.remember(id, accepted)
    accepted.catch(() => ids.forget(id))
    return accepted
  }

  /** As `send`; a request of this id that came before, and its answer, stand for it (D7). */
  sendOnce(made: Made, to: AgentId, id: string, options: SendOptions): Promise<unknown> {
    const { ids } = this.#parts
    const known = ids.find(id)
    if (known !== undefined) return known
    const request = this.#ask(made, to, options, id)
    ids.remember(id, request.answer)
    request.answer.catch(() => request.isAccepted || ids.forget(id))
    return request.answer
  }

  /** Accepts a publish, now or when there is room. Throws or rejects when it is not accepted. */
  publish(
    made: Made,
    topic: TopicId,
    watcher?: TaskWatcher,
    ttlMs: number = 0,
    id?: string,
  ): Task | Promise<Task> {
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
    const entered = this.#enter(origin, recipients)
    return entered === undefined ? task : entered.then(() => task)
  }

  /** Accepts a dead letter anew: for the agent that it was for, or, if it had none, for whoever subscribes now. */
  acceptAgain(dead: Delivery): Promise<void> | undefined {
    const { audience, deliveries, tasks, accepted } = this.#parts
    const origin: Origin = { ...dead, task: tasks.create(), depth: 0 }
    if (dead.agent === '') return this.#enter(origin, audience.of(origin, false))
    const recipient = audience.one(dead.agent, dead.key)
    if (dead.topicType !== '') return this.#enter(origin, [recipient])
    const accept = () => void deliveries.acceptRequest(origin, recipient, undefined)
    if (!this.#isOpenTo([recipient], origin.bytes)) {
      const shed = () => {}
      return this.#holdBack([recipient], origin.bytes, { accept, shed })
    }
    accept()
    accepted()
    return undefined
  }

  #enter(origin: Origin, recipients: readonly Recipient[]): Promise<void> | undefined {
    const { deliveries, accepted } = this.#parts
    if (this.#isOpenTo(recipients, origin.bytes)) {
      deliveries.accept(origin, recipients)
      accepted()
      return undefined
    }
    return this.#holdBack(recipients, origin.bytes, {
      accept: () => deliveries.accept(origin, recipients),
      shed: (reached) => deliveries.acceptEnded(origin, undefined, shedAs(reached)),
    })
  }

  /** Accepts a request; resolves to its reply. Throws or rejects when it is not accepted. */
  send(made: Made, to: AgentId, options: SendOptions): Promise<unknown> {
    return this.#ask(made, to, options).answer
  }

  #ask(made: Made, to: AgentId, options: SendOptions, id?: string): OutsideRequest {
    const { agents, audience, interventions, deliveries, tasks } = this.#parts
    agents.assertAnswers(to.type, made.name)
    agents.schemas.assertFits(made)
    if (options.signal?.aborted) throw cancelledRequest(made, to, options.signal)
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
        // Its caller may have given up while it waited for room.
        if (!caller.isWaiting) return
        request.isAccepted = true
        request.delivery = deliveries.acceptRequest(origin, to[0], caller)
      },
      shed: (reached) => {
        request.isAccepted = true
        deliveries.acceptEnded(origin, to[0], shedAs(reached), caller)
      },
    }
    try {
      this.#holdBack(to, origin.bytes, entering)?.catch(fail)
    } catch (error) {
      fail(error)
    }
  }

  /** Whether a message can be let in now. Throws HEDDLE_NO_LANES. */
  #isOpenTo(recipients: readonly Recipient[], bytes: number): boolean {
    const { gate, hasLanes } = this.#parts
    if (!hasLanes()) {
      const problem = 'none could be replaced after its death'
      throw new HeddleError('HEDDLE_NO_LANES', { problem })
    }
    return gate.waiting === 0 && gate.reached(recipients, bytes) === undefined
  }

  /** What becomes of a message that can't be let in now: returns a promise only when it must wait. Throws HEDDLE_BOUND_REACHED. */
  #holdBack(
    recipients: readonly Recipient[],
    bytes: number,
    entering: Entering,
  ): Promise<void> | undefined {
    const { gate, accepted } = this.#parts
    const reached = gate.reached(recipients, bytes)
    if (reached === undefined || gate.bounds.policy === 'wait') {
      return new Promise<void>((resolve, refuse) => {
        const accept = () => {
          entering.accept()
          accepted()
          resolve()
        }
        gate.wait({ recipients, bytes, accept, refuse })
      })
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
  made: Made,
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
