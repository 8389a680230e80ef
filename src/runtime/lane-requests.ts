/**
 * The router's part of requests that turns send: refused, or accepted as deliveries whose replies go back to the asking lane.
 *
 * Owns: which delivery will answer which request of a lane.
 * Invariant: D9, a request to a key that its own chain holds is refused here, and every other has a deadline.
 */
import type { Clock } from '../clock.ts'
import { errorToRecord, HeddleError } from '../errors.ts'
import { agentId } from '../ids/agent-id.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Audience } from './audience.ts'
import type { Deliveries } from './deliveries.ts'
import { contentOf, type Interventions, madeOf } from './interventions.ts'
import type { LaneChannel } from './lane-channel.ts'
import type { Delivery, Ledger, Origin } from './ledger.ts'
import { type Caller, laneCaller } from './requests.ts'
import type { LaneRequest } from './wire.ts'

export interface LaneRequestsParts {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly deliveries: Deliveries
  readonly agents: AgentDirectory
  readonly audience: Audience
  readonly interventions: Interventions
  readonly requestDeadlineMs: number
  readonly cancel: (delivery: Delivery, reason: string) => void
}

export class LaneRequests {
  readonly #parts: LaneRequestsParts
  /** By lane, generation and the lane's number. */
  readonly #answering = new Map<string, Delivery>()

  constructor(parts: LaneRequestsParts) {
    this.#parts = parts
  }

  take(lane: LaneChannel, request: LaneRequest): void {
    const { audience, deliveries, ledger, agents, interventions } = this.#parts
    const asking = ledger.at(request.slot)
    const caller = this.#callerOf(lane, request)
    const recipient = audience.one(request.agent, request.key)
    try {
      agents.assertAnswers(request.agent, request.message)
      this.#assertNoCycle(request)
    } catch (error) {
      return caller.fail(errorToRecord(error)) // refused: never accepted, so nothing to account for
    }
    let origin = originOf(request, asking)
    if (!interventions.isEmpty) {
      const sender = agentId(request.sender, asking.key)
      const context = { recipient: agentId(request.agent, request.key), sender }
      const intervened = interventions.onSend(madeOf(origin, 'request'), context)
      if (intervened.kind === 'failed') return caller.fail(errorToRecord(intervened.error))
      if (intervened.kind === 'dropped') {
        return deliveries.acceptEnded(origin, recipient, intervened, caller)
      }
      origin = { ...origin, ...contentOf(intervened.made) }
    }
    const delivery = deliveries.acceptRequest(origin, recipient, caller)
    if (caller.isWaiting) this.#answering.set(nameOf(lane, request.id), delivery)
  }

  /** Nobody waits for the reply any more. */
  abandon(lane: LaneChannel, id: number): void {
    const delivery = this.#answering.get(nameOf(lane, id))
    if (delivery !== undefined) this.#parts.cancel(delivery, 'its caller no longer waits')
  }

  #callerOf(lane: LaneChannel, request: LaneRequest): Caller {
    const { clock, requestDeadlineMs, cancel } = this.#parts
    const { deadlineMs = requestDeadlineMs } = request
    const { generation } = lane
    const name = nameOf(lane, request.id)
    const deadline = {
      agent: `${request.agent}/${request.key}`,
      request: request.message,
      deadlineMs,
      expired: () => {
        const delivery = this.#answering.get(name)
        if (delivery !== undefined) cancel(delivery, `not answered within ${deadlineMs} ms`)
      },
    }
    lane.asking++
    const answered = () => {
      this.#answering.delete(name)
      if (lane.generation === generation) lane.asking--
    }
    return laneCaller(clock, request.chain, deadline, lane, request.id, answered)
  }

  #assertNoCycle({ agent, key, chain }: LaneRequest): void {
    const { agents } = this.#parts
    const target = agents.domainOf(agent, key)
    const isHeld = chain.some((name) => {
      const id = agentId(name)
      return agents.domainOf(id.type, id.key) === target
    })
    if (!isHeld) return
    throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle: [...chain, `${agent}/${key}`] })
  }
}

function originOf(request: LaneRequest, asking: Delivery): Origin {
  return {
    message: request.message,
    payload: request.payload,
    bytes: request.bytes,
    form: request.form,
    senderAgent: request.sender,
    senderKey: asking.key,
    topicType: '',
    topicSource: '',
    task: asking.task,
    depth: asking.depth + 1,
  }
}

function nameOf(lane: LaneChannel, id: number): string {
  return `${lane.index}.${lane.generation}.${id}`
}
