/**
 * The router's part of requests that turns send: refused, or accepted as deliveries whose replies go back to the asking lane.
 *
 * Does not own: which requests a lane's turns wait for (the channel's, since they end with the lane).
 * Invariant: D9, a request to a key that its own chain holds is refused here, and every other has a deadline.
 */
import { errorToRecord, HeddleError } from '../errors.ts'
import { agentId } from '../ids/agent-id.ts'
import type { AgentDirectory } from './agent-directory.ts'
import type { Audience } from './audience.ts'
import type { Deliveries } from './deliveries.ts'
import { contentOf, type Interventions, madeOf } from './interventions.ts'
import type { LaneChannel } from './lane-channel.ts'
import type { Delivery, Ledger, Origin } from './ledger.ts'
import type { AskerParts } from './requests.ts'
import { TurnAsker } from './turn-asker.ts'
import type { LaneRequest } from './wire.ts'

export interface LaneRequestsParts extends AskerParts {
  readonly ledger: Ledger
  readonly deliveries: Deliveries
  readonly agents: AgentDirectory
  readonly audience: Audience
  readonly interventions: Interventions
}

export class LaneRequests {
  readonly #parts: LaneRequestsParts

  constructor(parts: LaneRequestsParts) {
    this.#parts = parts
  }

  take(lane: LaneChannel, request: LaneRequest): void {
    const { audience, deliveries, ledger, agents, interventions } = this.#parts
    const asking = ledger.at(request.slot)
    const asker = new TurnAsker(this.#parts, lane, request)
    const { caller } = asker
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
    asker.delivery = deliveries.acceptRequest(origin, recipient, caller)
  }

  /** Nobody waits for the reply any more. */
  abandon(lane: LaneChannel, id: number): void {
    lane.asking.get(id)?.takeBack('its caller no longer waits')
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
    ttlMs: 0,
  }
}
