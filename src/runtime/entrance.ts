/**
 * What comes from outside: checked, seen by interventions, let in at the bounds, accepted.
 *
 * Owns: nothing; who waits for room stands in the gate.
 * Invariants: D4, what is refused here was not accepted, in no part; D8, only what comes from outside is held back.
 */
import type { Clock } from '../clock.ts'
import { errorToRecord, HeddleError } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import type { TopicId } from '../ids/topic-id.ts'
import type { Made } from '../messages/message.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Audience } from './audience.ts'
import type { Gate, Reached } from './bounds.ts'
import type { Deliveries } from './deliveries.ts'
import type { Interventions } from './interventions.ts'
import type { Delivery, Origin, Recipient } from './ledger.ts'
import { outsideCaller } from './requests.ts'
import type { Task, Tasks, TaskWatcher } from './tasks.ts'
import type { SendOptions } from './turn.ts'

export interface EntranceParts {
  readonly clock: Clock
  readonly requestDeadlineMs: number
  readonly agents: AgentDirectory
  readonly audience: Audience
  readonly tasks: Tasks
  readonly interventions: Interventions
  readonly deliveries: Deliveries
  readonly gate: Gate
  readonly hasLanes: () => boolean
  readonly cancel: (delivery: Delivery, reason: string) => void
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

  /** Accepts a publish, now or when there is room. Throws or rejects when it is not accepted. */
  publish(made: Made, topic: TopicId, watcher?: TaskWatcher): Task | Promise<Task> {
    const { interventions, audience, deliveries, tasks, accepted } = this.#parts
    const task = tasks.create(watcher)
    let content = made
    if (!interventions.isEmpty) {
      const context = { topic: Object.freeze(topic), sender: undefined }
      const intervened = interventions.onPublish(made, context)
      if (intervened.kind === 'failed') throw intervened.error
      if (intervened.kind === 'dropped') {
        deliveries.acceptEnded(originOf(made, topic, task), undefined, intervened)
        return task
      }
      content = intervened.made
    }
    const origin = originOf(content, topic, task)
    const recipients = audience.of(origin, false)
    if (this.#isOpenTo(recipients, origin.bytes)) {
      deliveries.accept(origin, recipients)
      accepted()
      return task
    }
    const entered = this.#holdBack(recipients, origin.bytes, {
      accept: () => deliveries.accept(origin, recipients),
      shed: (reached) => deliveries.acceptEnded(origin, undefined, shedAs(reached)),
    })
    return entered === undefined ? task : entered.then(() => task)
  }

  /** Accepts a request; resolves to its reply. */
  async send(made: Made, to: AgentId, { deadlineMs, signal }: SendOptions): Promise<unknown> {
    const { agents, audience, interventions, deliveries, tasks, clock, cancel } = this.#parts
    agents.assertAnswers(to.type, made.name)
    const what = `the request '${made.name}' to '${agentIdText(to)}'`
    const cancelled = () => {
      return new HeddleError('HEDDLE_CANCELLED', { what, reason: String(signal?.reason) })
    }
    if (signal?.aborted) throw cancelled()
    const intervened = interventions.onSend(made, { recipient: to, sender: undefined })
    if (intervened.kind === 'failed') throw intervened.error
    let delivery: Delivery | undefined
    const takeBack = (reason: string) => {
      if (delivery !== undefined && delivery.state !== 'settled') cancel(delivery, reason)
    }
    const { caller, answer } = outsideCaller(clock, {
      agent: agentIdText(to),
      request: made.name,
      deadlineMs: deadlineMs ?? this.#parts.requestDeadlineMs,
      expired: () => takeBack('its deadline has passed'),
    })
    const abort = () => {
      caller.fail(errorToRecord(cancelled()))
      takeBack('its signal aborted')
    }
    const content = intervened.kind === 'pass' ? intervened.made : made
    const origin = originOf(content, undefined, tasks.create())
    const recipient = audience.one(to.type, to.key)
    signal?.addEventListener('abort', abort, { once: true })
    const fail = (error: unknown) => caller.fail(errorToRecord(error))
    try {
      if (intervened.kind === 'dropped') {
        deliveries.acceptEnded(origin, recipient, intervened, caller)
      } else {
        const entering: Entering = {
          accept: () => {
            // Its caller may have given up while it waited for room.
            if (caller.isWaiting) delivery = deliveries.acceptRequest(origin, recipient, caller)
          },
          shed: (reached) => deliveries.acceptEnded(origin, recipient, shedAs(reached), caller),
        }
        const entered = this.#enter([recipient], origin.bytes, entering)
        entered?.catch(fail)
      }
    } catch (error) {
      fail(error)
    }
    return answer.finally(() => signal?.removeEventListener('abort', abort))
  }

  /** Lets a message in: returns a promise only when it must wait. Throws when it is refused. */
  #enter(
    recipients: readonly Recipient[],
    bytes: number,
    entering: Entering,
  ): Promise<void> | undefined {
    if (!this.#isOpenTo(recipients, bytes)) return this.#holdBack(recipients, bytes, entering)
    entering.accept()
    this.#parts.accepted()
    return undefined
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

  /** What becomes of a message that can't be let in now. Throws HEDDLE_BOUND_REACHED. */
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

function originOf(made: Made, topic: TopicId | undefined, task: Task): Origin {
  return {
    message: made.name,
    payload: made.payload,
    bytes: made.bytes,
    form: made.form,
    senderAgent: '',
    senderKey: '',
    topicType: topic?.type ?? '',
    topicSource: topic?.source ?? '',
    task,
    depth: 0,
  }
}
