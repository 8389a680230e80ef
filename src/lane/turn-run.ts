/**
 * One delivery being handled, from its handler's first instruction to a result that can be
 * committed. A request to another agent of the key runs nested, in its own frame.
 *
 * Owns: the frames, the changes that they made, the requests that they wait for.
 * Does not own: the order of the mailbox (the lane does), what happens to the result (the router
 * does).
 * Invariants: D5, a frame that fails takes back its own changes and those of the frames within it,
 * and nothing else; D9, nested requests run one after another, and never to an agent that is in the
 * chain already.
 */
import { types } from 'node:util'
import type { Handler } from '../agents/handlers.ts'
import { delayOf, type Retry } from '../agents/retry.ts'
import { inTurn, type TurnMark } from '../agents/turn-context.ts'
import { HeddleError, problemOf } from '../errors.ts'
import { agentIdText } from '../ids/agent-id.ts'
import { handOut } from '../messages/frozen.ts'
import { checkPayload, type Envelope } from '../messages/message.ts'
import { sealPayload } from '../messages/payload.ts'
import type { StateChange } from '../state/live-state.ts'
import type { StopSign } from '../wire/counters.ts'
import type { LaneDelivery } from '../wire/lane-delivery.ts'
import type { LaneAgent } from './lane-agents.ts'
import type { Mailbox } from './mailbox.ts'
import type { NestedDeadline } from './nested-deadline.ts'
import { type FrameHost, type FrameTurn, TurnFrame, type TurnOutcome } from './turn-frame.ts'
import { TurnStop } from './turn-stop.ts'

/** What a turn needs from its lane. */
export interface TurnHost extends FrameHost {
  /** For agents without their own limit for turns. */
  readonly turnTimeoutMs: number
  /** For simulations: throws where a handler should fail. */
  readonly inject?: ((delivery: LaneDelivery) => void) | undefined
  stopSign(slot: number): StopSign | undefined
  /** Gives up the requests that the turn still waits for. */
  abandonRequests(run: TurnRun): void
}

export class TurnRun implements FrameTurn {
  readonly host: TurnHost
  readonly delivery: LaneDelivery
  readonly mailbox: Mailbox
  readonly root: TurnFrame
  readonly changes: StateChange[] = []
  /** The mark in its async context; undefined: it runs in its caller's context. */
  mark: TurnMark<TurnRun> | undefined
  /** The lane's numbers of the requests that it waits for; undefined when it never sent one. */
  openRequests: Set<number> | undefined
  /** How many requests it has sent to other keys. */
  asked = 0
  /** The names that it has used for `once`; undefined: none. */
  onceNames: Set<string> | undefined
  outcome: TurnOutcome = 'running'
  reply: unknown
  error: unknown
  /** Why it can't be decided whether the turn is tried again. */
  undecided: string | undefined
  /** Milliseconds until the turn is tried again; undefined: it is not tried again. */
  retryInMs: number | undefined
  begunAt = 0
  endedAt = 0
  #stopping: TurnStop | undefined
  #retry: Retry | undefined
  #nested = 0

  constructor(host: TurnHost, delivery: LaneDelivery, mailbox: Mailbox, agent: LaneAgent) {
    this.host = host
    this.delivery = delivery
    this.mailbox = mailbox
    this.root = new TurnFrame(this, agent)
    this.#retry = agent.definition.retry
  }

  /**
   * Runs the handler. Returns a promise only when the turn outlasts the call; never throws, never
   * rejects.
   */
  start(): Promise<void> | undefined {
    const { message, payload, copied, topicType } = this.delivery
    const kind = topicType === '' ? 'request' : 'message'
    try {
      const own = copied ? handOut(payload) : payload
      const result = this.#runFrame(this.root, kind, message, own)
      if (types.isPromise(result)) {
        return result.then(
          (reply) => this.#succeed(reply),
          (error) => this.#fail(error),
        )
      }
      this.#succeed(result)
    } catch (error) {
      this.#fail(error)
    }
    return undefined
  }

  /**
   * Ends the turn at its present point, past its limit, although its handler goes on: nothing that
   * the handler still does has any effect.
   */
  giveUp(): void {
    if (this.outcome !== 'running') return
    this.stop.timeOut()
    const { error, isCancelled } = this.stop
    this.root.abandon()
    this.#giveUp(isCancelled ? 'cancelled' : 'failed', error)
  }

  /**
   * Ends the turn at its present point, as failed: something that it began has failed, and nobody
   * has caught that error.
   */
  fail(error: unknown): void {
    if (this.outcome !== 'running') return
    this.root.abandon()
    this.#giveUp(this.#isCancelled ? 'cancelled' : 'failed', error)
    this.#stopping?.fail(error)
  }

  /** Makes a turn that had succeeded fail after all: nothing of it has left its lane yet. */
  revoke(error: unknown): void {
    if (this.outcome !== 'handled') return
    this.#giveUp(this.#isCancelled ? 'cancelled' : 'failed', error)
  }

  /**
   * Takes back the turn's changes, so that it can run again. False: it has been cancelled, so it
   * ends as cancelled.
   */
  undo(): boolean {
    const { isCancelled, error } = this.stop
    if (this.outcome === 'running') this.root.abandon()
    this.#giveUp(isCancelled ? 'cancelled' : 'undone', error)
    this.stop.fail(ended(this)) // its handler need not go on
    return !isCancelled
  }

  /** Notes that the turn was cancelled before it could be tried again. */
  cancelRetry(): void {
    this.outcome = 'cancelled'
    this.retryInMs = undefined
  }

  /** Whether the turn waits for a reply, for room in a limit, or for its signal. */
  get waitsKnowingly(): boolean {
    return (this.openRequests?.size ?? 0) > 0 || this.#stopping?.isWatched === true
  }

  /** Why the turn should stop, if it should. Made at the first use: most turns end before that. */
  get stop(): TurnStop {
    this.#stopping ??= new TurnStop({
      agent: () => agentIdText(this.root.id),
      limitMs: this.root.agent.definition.turnTimeoutMs ?? this.host.turnTimeoutMs,
      sign: () => this.#sign,
      enter: (work) => (this.mark === undefined ? work() : inTurn(this.mark, work)),
    })
    return this.#stopping
  }

  /** Throws if the turn may not go on: HEDDLE_CANCELLED, HEDDLE_TURN_TIMEOUT. */
  throwIfStopped(): void {
    if (this.outcome === 'running' && !this.#isStopped) return
    throw this.stop.error ?? ended(this)
  }

  get #isStopped(): boolean {
    return this.#sign !== undefined || this.#stopping?.error !== undefined
  }

  get #isCancelled(): boolean {
    return this.#sign === 'cancelled' || this.#stopping?.isCancelled === true
  }

  /** The sign in its cell. Once the turn has ended, the cell may be another turn's. */
  get #sign(): StopSign | undefined {
    return this.outcome === 'running' ? this.host.stopSign(this.delivery.slot) : undefined
  }

  /** A request to another agent of this key: part of this turn, with its own rollback (D9). */
  async nest(
    parent: TurnFrame,
    request: Envelope,
    agent: LaneAgent,
    limit: NestedDeadline,
  ): Promise<unknown> {
    limit.signal.throwIfAborted()
    if (parent.isClosed)
      throw new HeddleError('HEDDLE_TURN_ENDED', { agent: agent.type, call: 'send' })
    const frame = new TurnFrame(this, agent, parent, ++this.#nested, limit.signal)
    const own = handOut(request.sealed)
    const mark = this.changes.length
    try {
      const reply = await limit.race(this.#runFrame(frame, 'request', request.name, own))
      if (frame.outbox !== undefined) parent.outbox = [...(parent.outbox ?? []), ...frame.outbox]
      return reply
    } catch (error) {
      if (!parent.isClosed) {
        frame.close() // past its limit, the handler may still be running
        frame.liveState?.discard()
        this.#rollBack(mark)
      }
      if (frame.isUnhandled || error === limit.signal.reason) throw error
      const callee = agentIdText(frame.id)
      const fields = { agent: callee, request: request.name, problem: problemOf(error) }
      throw new HeddleError('HEDDLE_REQUEST_FAILED', fields, { cause: error })
    }
  }

  #runFrame(frame: TurnFrame, kind: Handler['kind'], name: string, payload: unknown): unknown {
    const handler = frame.agent.handlerFor(kind, name, payload, frame)
    if (handler === undefined) {
      frame.isUnhandled = true
      throw unhandledError(frame.agent.type, kind, name)
    }
    if (frame.parent === undefined) this.#retry = handler.retry ?? this.#retry
    let result: unknown
    try {
      this.host.inject?.(this.delivery)
      result = handler.handle(payload as never, frame as never)
    } catch (error) {
      return this.#failFrame(frame, error)
    }
    if (types.isGeneratorObject(result)) return this.#failFrame(frame, neverRun(handler.name))
    if (isThenable(result)) {
      return Promise.resolve(result).then(
        (value) => this.#endFrame(frame, handler, value),
        (error) => this.#failFrame(frame, error),
      )
    }
    return this.#endFrame(frame, handler, result)
  }

  /** Ends a frame after the frames within it: they are part of it, awaited or not. */
  #endFrame(frame: TurnFrame, handler: Handler, value: unknown): unknown {
    const waited = frame.children
    if (waited === undefined) return this.#completeFrame(frame, handler, value)
    return waited.then(() => {
      if (frame.children !== waited) return this.#endFrame(frame, handler, value)
      return this.#completeFrame(frame, handler, value)
    })
  }

  #completeFrame(frame: TurnFrame, handler: Handler, value: unknown): unknown {
    if (frame.isClosed) return undefined // given up at its limit
    frame.close()
    try {
      if (frame.parent === undefined) this.host.inject?.(this.delivery)
      const reply = handler.kind === 'request' ? checkReply(handler, value) : undefined
      frame.liveState?.collect(this.changes)
      return reply
    } catch (error) {
      frame.liveState?.discard()
      throw error
    }
  }

  #failFrame(frame: TurnFrame, error: unknown): unknown {
    const fail = () => {
      if (frame.isClosed) throw error // given up at its limit: its state is another turn's by now
      frame.close()
      frame.liveState?.discard()
      throw error
    }
    return frame.children === undefined ? fail() : frame.children.then(fail)
  }

  #succeed(reply: unknown): void {
    if (this.outcome !== 'running') return // given up
    if (this.#isCancelled) return this.#giveUp('cancelled', undefined)
    this.host.abandonRequests(this)
    this.outcome = 'handled'
    this.reply = reply
  }

  #fail(error: unknown): void {
    if (this.outcome !== 'running') return // given up
    if (this.#isCancelled) return this.#giveUp('cancelled', error)
    if (this.root.isUnhandled) return this.#giveUp('unhandled', error)
    this.#giveUp('failed', this.#isStopped ? this.stop.error : error)
  }

  #giveUp(outcome: TurnOutcome, error: unknown): void {
    this.host.abandonRequests(this)
    this.#rollBack(0)
    this.outcome = outcome
    this.error = error
    if (outcome !== 'failed') return
    const { failures, sequence } = this.delivery
    const tell = (problem: unknown) => {
      this.undecided = problemOf(problem)
    }
    this.retryInMs = delayOf(this.#retry, failures + 1, error, sequence, tell)
  }

  #rollBack(mark: number): void {
    for (const change of this.changes.splice(mark).reverse()) change.state.revert(change)
  }
}

/**
 * A reply as its asker gets it: checked, and a frozen copy. Throws the same errors as making a
 * payload.
 */
export function checkReply(handler: Handler, value: unknown): unknown {
  const reply = checkPayload(`${handler.name} (reply)`, handler.reply, value)
  return sealPayload(reply, `${handler.name} (reply)`).value
}

function ended(run: TurnRun): HeddleError {
  const agent = agentIdText(run.root.id)
  return new HeddleError('HEDDLE_TURN_ENDED', { agent, call: 'throwIfCancelled' })
}

function unhandledError(agent: string, kind: Handler['kind'], name: string): HeddleError {
  if (kind === 'request')
    return new HeddleError('HEDDLE_UNHANDLED_REQUEST', { agent, request: name })
  return new HeddleError('HEDDLE_UNHANDLED_MESSAGE', { agent, message: name })
}

function neverRun(message: string): TypeError {
  const why = `the handler of '${message}' returned a generator, which would never run`
  return new TypeError(`${why}; make it async`)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
