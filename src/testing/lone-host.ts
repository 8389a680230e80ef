/** Stands in for the lane of an agent that is tested by itself. */
import { inspect } from 'node:util'
import type { Handler } from '../agents/handlers.ts'
import type { LogLevel, SendOptions } from '../agents/turn.ts'
import type { Clock } from '../clock.ts'
import { HeddleError, problemOf } from '../errors.ts'
import { type AgentId, agentIdText } from '../ids/agent-id.ts'
import type { LaneAgents } from '../lane/lane-agents.ts'
import { NestedDeadline } from '../lane/nested-deadline.ts'
import { ONCE_BYTES } from '../lane/once.ts'
import type { TurnFrame } from '../lane/turn-frame.ts'
import { checkReply, type TurnHost, type TurnRun } from '../lane/turn-run.ts'
import { handOut } from '../messages/frozen.ts'
import type { Envelope } from '../messages/message.ts'
import { type PartAsk, runHere } from '../tools/main-part.ts'
import type { Observation } from '../wire/wire.ts'

/** What an answer is given beside the payload. */
export interface TestRequest {
  /** The agent that was asked. */
  readonly to: AgentId
}

/** The arguments of a `turn.log` call. */
export interface LoggedLine {
  readonly level: LogLevel
  readonly text: string
  readonly fields?: Readonly<Record<string, unknown>>
}

const DEADLINE_MS = 30_000

/**
 * Gives a turn what it needs from its lane, without a lane: the test's answers, and a record of
 * what was observed.
 */
export class LoneHost implements TurnHost {
  readonly agents: LaneAgents
  readonly clock: Clock
  readonly runtimeId = 'test'
  readonly requestDeadlineMs = DEADLINE_MS
  /** Nobody watches how long a turn takes here. */
  readonly turnTimeoutMs = DEADLINE_MS
  readonly onceBytes = ONCE_BYTES
  readonly isDead = false
  readonly emitted: unknown[] = []
  readonly logged: LoggedLine[] = []
  readonly #answers: readonly Handler[]
  /** Aborts when the running turn ends: nothing waits any more for its requests. */
  #turnOver = new AbortController()

  constructor(agents: LaneAgents, clock: Clock, answers: readonly Handler[]) {
    this.agents = agents
    this.clock = clock
    this.#answers = answers
  }

  messageId(sequence: number): string {
    return `test-${sequence}`
  }

  /** Undefined, since no other thread could set a sign: `TurnStop.cancel` stops the turn. */
  stopSign(): undefined {
    return undefined
  }

  /** Grants the permit at once: no other turn shares the limit. */
  async acquire(): Promise<() => void> {
    return () => {}
  }

  async call(_from: TurnFrame, { call, signal, progress }: PartAsk): Promise<unknown> {
    const ending = AbortSignal.any([this.#turnOver.signal, signal])
    return runHere(call, { signal: ending, progress }).result
  }

  async ask(
    _from: TurnFrame,
    request: Envelope,
    to: AgentId,
    { deadlineMs = DEADLINE_MS, signal: own }: SendOptions,
  ): Promise<unknown> {
    const signals = own === undefined ? [] : [own]
    const signal = AbortSignal.any([this.#turnOver.signal, ...signals])
    const options = { deadlineMs, signal }
    const limit = new NestedDeadline(this.clock, agentIdText(to), request.name, options)
    try {
      limit.signal.throwIfAborted()
      return await limit.race(this.#answer(request, to))
    } finally {
      limit.release()
    }
  }

  /** The turns run one after another, so all open requests are those of this turn. */
  abandonRequests(_run?: TurnRun, reason = 'the turn has ended'): void {
    this.#turnOver.abort(reason)
    this.#turnOver = new AbortController()
  }

  /** Each turn has one attempt here, so nothing is kept for another. */
  record(): void {}

  observe(observation: Observation): void {
    if (observation.kind === 'emitted') return void this.emitted.push(observation.event)
    // errors of turns that are over are reported only where there are lanes
    if (observation.kind !== 'logged') return
    const { level, text, fields } = observation
    this.logged.push(fields === undefined ? { level, text } : { level, text, fields })
  }

  async #answer({ name, sealed }: Envelope, to: AgentId): Promise<unknown> {
    const agent = agentIdText(to)
    const answer = this.#answers.find((candidate) => candidate.name === name)
    if (answer === undefined) {
      const asked = sealed === undefined ? '' : ` with ${inspect(sealed, { breakLength: 120 })}`
      const message = `'${agent}' was asked '${name}'${asked}, and the test has no answer; give testAgent one: answers: (on) => [on(…)] (HEDDLE_UNHANDLED_REQUEST)`
      throw new HeddleError('HEDDLE_UNHANDLED_REQUEST', { agent, request: name }, { message })
    }
    try {
      return checkReply(answer, await answer.handle(handOut(sealed) as never, { to } as never))
    } catch (cause) {
      const fields = { agent, request: name, problem: problemOf(cause) }
      throw new HeddleError('HEDDLE_REQUEST_FAILED', fields, { cause })
    }
  }
}
