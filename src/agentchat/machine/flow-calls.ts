/**
 * Asks the flow of a team who speaks next, and gives it what it may use for that.
 *
 * Does not own: the state, which belongs to the machine that asks.
 */

import { callOut } from '../../agents/call-out.ts'
import { checkAs, copyOf, type Plain } from '../../messages/plain.ts'
import { addUsage, type ModelClient } from '../../models/model.ts'
import { ModelCalls, type Question } from '../agents/model-call.ts'
import { checkNext, type FlowContext, type Next, type Thread } from '../flows/flow.ts'
import { type AgentEvent, anyEvent } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { TeamHost, TeamPlan } from './team-plan.ts'
import type { RunState, TeamState } from './team-state.ts'

export class FlowCalls {
  readonly #plan: TeamPlan
  readonly #state: TeamState
  readonly #thread: Thread
  readonly #host: TeamHost

  constructor(plan: TeamPlan, state: TeamState, thread: Thread, host: TeamHost) {
    this.#plan = plan
    this.#state = state
    this.#thread = thread
    this.#host = host
  }

  /** An id for a message of the team itself. */
  nextId(): string {
    return `${this.#host.key}#${++this.#state.ids}`
  }

  /**
   * Asks the flow. Its state is copied when the wait ends: changes that it makes after that have no
   * effect.
   */
  async next(why: FlowContext['why']): Promise<Next> {
    const { flow, name } = this.#plan
    const refuse = (problem: string) => {
      return refuseChat('team', `of what its flow keeps, ${problem}; keep plain data`, name)
    }
    const state = copyOf(this.#state.flow, refuse)
    try {
      const context = this.#flowContext(why, state)
      return checkNext(await callOut(this.#host.ending, () => flow.next(context)), this.#plan)
    } finally {
      this.#state.flow = copyOf(state, refuse)
    }
  }

  #flowContext(why: FlowContext['why'], state: Record<string, Plain>): FlowContext {
    const { name, speakers } = this.#plan
    const { signal } = this.#host
    return {
      team: name,
      state,
      speakers,
      thread: this.#thread,
      why,
      signal,
      emit: (event) => {
        const refuse = (problem: string) => {
          return refuseChat('team', `what its flow shows is not an event: ${problem}`, name)
        }
        this.#host.emit(checkAs<AgentEvent>(anyEvent, event, refuse))
      },
      callModel: (model, question) => this.#callModel(model, question, signal),
      message: (content) => ({
        kind: 'text',
        id: this.nextId(),
        source: name,
        content,
      }),
    }
  }

  async #callModel(model: ModelClient, question: Question, signal: AbortSignal) {
    const { key, once } = this.#host
    const nextCall = () => this.#state.calls++
    const calls = new ModelCalls({
      name: this.#plan.name,
      key,
      signal,
      spending: undefined,
      nextCall,
      withLimit: (call) => this.#host.withLimit(call),
      ...(once && { once }),
    })
    const result = await calls.whole(model, question)
    const run = this.#state.run as RunState
    run.usage = addUsage(run.usage, calls.usage)
    return result
  }
}
