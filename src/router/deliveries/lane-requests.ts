/**
 * The router's part of requests that turns send: refused, or accepted as deliveries whose replies
 * go back to the asking lane.
 *
 * Does not own: which requests a lane's turns wait for (the channel does, since they end with the
 * lane).
 * Invariants: D9, a request to a key that its own chain holds, or that would close a cycle between
 * chains, is refused here, and every other request has a deadline; D7, a request that an earlier
 * attempt of the turn made is not made again.
 */
import { errorToRecord, HeddleError } from '../../errors.ts'
import { agentId } from '../../ids/agent-id.ts'
import type { LaneAcquire, LaneCall, LaneRequest } from '../../wire/wire.ts'
import type { LaneChannel } from '../fleet/lane-channel.ts'
import type { Placement } from '../fleet/placement.ts'
import type { Delivery, Origin } from '../ledger/delivery.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { cycleOf } from '../ledger/wait-graph.ts'
import type { Limits } from '../requests/limits.ts'
import type { MainCalls } from '../requests/main-calls.ts'
import type { RequestDesk } from '../requests/request-desk.ts'
import { TurnRequest } from '../requests/turn-request.ts'
import type { AgentDirectory } from '../routing/agent-directory.ts'
import type { Audience } from '../routing/audience.ts'
import { contentOf, type Interventions, madeOf } from '../routing/interventions.ts'
import type { Deliveries } from './deliveries.ts'

export interface LaneRequestsParts extends RequestDesk {
  readonly ledger: Ledger
  readonly deliveries: Deliveries
  readonly agents: AgentDirectory
  readonly audience: Audience
  readonly interventions: Interventions
  readonly placement: Placement
  readonly limits: Limits
  readonly calls: MainCalls
}

export class LaneRequests {
  readonly #parts: LaneRequestsParts

  constructor(parts: LaneRequestsParts) {
    this.#parts = parts
  }

  take(lane: LaneChannel, request: LaneRequest): void {
    const { audience, deliveries, ledger, agents, interventions } = this.#parts
    const asking = ledger.at(request.slot)
    const before = asking.asks?.get(request.position)
    if (before instanceof TurnRequest && before.isSame(request))
      return this.#takeAgain(lane, request, asking, before)
    const asker = new TurnRequest(this.#parts, lane, request, asking)
    const { caller } = asker
    const recipient = audience.one(request.agent, request.key)
    try {
      agents.assertAnswers(request.agent, request.message)
      this.#assertNoCycle(request, asking, asker, recipient.domain)
    } catch (error) {
      // refused: it was never accepted, so there is nothing to account for
      return caller.fail(errorToRecord(error))
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
    asker.accepted(deliveries.acceptRequest(origin, recipient, caller))
  }

  /**
   * Connects a turn that asks again to its earlier request. In between, others may have begun to
   * wait for the turn, so the wait may now close a cycle.
   */
  #takeAgain(lane: LaneChannel, request: LaneRequest, asking: Delivery, before: TurnRequest): void {
    const { domain } = this.#parts.audience.one(request.agent, request.key)
    before.askAgain(lane, request, () => this.#assertNoCycle(request, asking, before, domain))
  }

  acquire(lane: LaneChannel, acquire: LaneAcquire): void {
    const { ledger, limits } = this.#parts
    limits.take(lane, acquire, ledger.at(acquire.slot))
  }

  call(lane: LaneChannel, call: LaneCall): void {
    this.#parts.calls.take(lane, call, this.#parts.ledger.at(call.slot))
  }

  release(lane: LaneChannel, id: number): void {
    lane.permits.get(id)?.takeBack('released')
  }

  /** Gives up a request: nothing waits for its reply any more. */
  abandon(lane: LaneChannel, id: number): void {
    // a permit may have been granted meanwhile
    const ask = lane.asking.get(id) ?? lane.permits.get(id)
    ask?.takeBack('its caller no longer waits')
  }

  #assertNoCycle(
    { agent, key, chain }: LaneRequest,
    { home }: Delivery,
    { by }: TurnRequest,
    target: string,
  ): void {
    const { agents, placement } = this.#parts
    const name = `${agent}/${key}`
    const isHeld = chain.some((held) => {
      const id = agentId(held)
      return agents.domainOf(id.type, id.key) === target
    })
    const between = { kind: 'key', key: placement.find(target), name } as const
    const cycle = isHeld
      ? [...chain, name]
      : home === undefined
        ? undefined
        : cycleOf(home, by, between)
    if (cycle !== undefined) throw new HeddleError('HEDDLE_REQUEST_CYCLE', { cycle })
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
    parent: asking.sequence,
    givenId: undefined,
  }
}
