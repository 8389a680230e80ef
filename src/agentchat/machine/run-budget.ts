/**
 * What ends a run that is neither cancelled nor completed by its flow: its condition and its
 * budget, checked after each step and at their alarms.
 */
import { callOut } from '../agents/call-out.ts'
import type { ConditionInput } from '../conditions/condition.ts'
import { copyOf } from '../messages/plain.ts'
import { refuseChat } from '../messages/refusal.ts'
import { isOver, overBudget } from '../runs/budget.ts'
import { failure } from '../runs/failure.ts'
import type { ChatStopReason } from '../runs/task.ts'
import type { Speak, TeamHost, TeamPlan } from './team-plan.ts'
import type { RunState } from './team-state.ts'

/** What is new to the condition. */
export type RunNews = Pick<ConditionInput, 'items' | 'isTask'> & Partial<ConditionInput>

/** Whoever asks whether a run is over: its machine, or a caller outside. */
type RunHost = Pick<TeamHost, 'now' | 'signal' | 'ending'>

export class RunBudget {
  readonly #plan: TeamPlan
  readonly #host: RunHost

  constructor(plan: TeamPlan, host: RunHost) {
    this.#plan = plan
    this.#host = host
  }

  /**
   * Lets the condition look at what is new. Returns why the run ends, if the condition was met or
   * failed.
   */
  async look(run: RunState, news: RunNews): Promise<ChatStopReason | undefined> {
    const { stopWhen, name } = this.#plan
    if (stopWhen === undefined) return undefined
    const seen = { stopAsked: false, elapsedMs: this.elapsed(run), ...news }
    try {
      const looked = await callOut(this.#host.ending, () => stopWhen.look(run.condition, seen))
      const { state, hits } = copyOf({ state: looked.state, hits: looked.hits }, (problem) => {
        const what = `of what its condition keeps, ${problem}; keep plain data`
        return refuseChat('team', what, name)
      })
      run.condition = state
      if (hits.length === 0) return undefined
      const text = hits.map((hit) => hit.text).join('; ')
      return { kind: 'condition', text, conditions: hits }
    } catch (error) {
      this.#host.signal.throwIfAborted()
      return failure(name, error)
    }
  }

  /** Why the run ends, if its budget is used up. */
  budget(run: RunState, elapsedMs = this.elapsed(run)): ChatStopReason | undefined {
    const { budget } = this.#plan
    const tokens = tokensOf(run)
    if (isOver(budget.turns, run.turns)) return overBudget('turns', budget.turns, run.turns)
    if (isOver(budget.tokens, tokens)) return overBudget('tokens', budget.tokens, tokens)
    if (isOver(budget.ms, elapsedMs)) return overBudget('ms', budget.ms, elapsedMs)
    return undefined
  }

  /** What a speaker may still use of the budget. */
  left(run: RunState): Speak['left'] {
    const { tokens, toolCalls } = this.#plan.budget
    return {
      tokens: tokens === undefined ? null : tokens - tokensOf(run),
      toolCalls: toolCalls === undefined ? null : toolCalls - run.toolCalls,
    }
  }

  /** Milliseconds since the run began. */
  elapsed(run: RunState): number {
    return this.#host.now() - run.beganAt
  }
}

function tokensOf({ usage }: RunState): number {
  return usage.promptTokens + usage.completionTokens
}
