/**
 * What ends a run that is neither cancelled nor completed by its flow: its condition and its
 * budget, checked after each step and at their alarms.
 */
import { callOut } from '../../agents/call-out.ts'
import { copyOf } from '../../messages/plain.ts'
import { type Allowance, tokensOf } from '../agents/purse.ts'
import type { ConditionInput } from '../conditions/condition.ts'
import { refuseChat } from '../messages/refusal.ts'
import { isOver, overBudget } from '../runs/budget.ts'
import { failure } from '../runs/failure.ts'
import type { ChatStopReason } from '../runs/task.ts'
import type { Speak, TeamHost, TeamPlan } from './team-plan.ts'
import type { RunState } from './team-state.ts'

/** What is new to the condition. */
export type RunNews = Pick<ConditionInput, 'items' | 'isTask'> & Partial<ConditionInput>

/** Whoever asks whether a run is over: its machine, or a caller outside. */
type RunHost = Pick<TeamHost, 'now' | 'signal' | 'ending' | 'allowance'>

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
    const used = tokensOf(run.usage)
    const { tokens } = this.#most
    if (isOver(budget.turns, run.turns)) return overBudget('turns', budget.turns, run.turns)
    if (tokens !== null && isOver(tokens, used)) return overBudget('tokens', tokens, used)
    if (isOver(budget.ms, elapsedMs)) return overBudget('ms', budget.ms, elapsedMs)
    return undefined
  }

  /**
   * The reason with this run's own budget, where a part of the run has used up what was left of it.
   */
  own(run: RunState, reason: ChatStopReason): ChatStopReason {
    if (reason.kind !== 'budget' || reason.what !== 'toolCalls') return reason
    const { toolCalls } = this.#plan.budget
    return toolCalls === undefined ? reason : overBudget('toolCalls', toolCalls, run.toolCalls)
  }

  /** What a speaker may still use of the budget. */
  left(run: RunState): Speak['left'] {
    const { tokens, toolCalls } = this.#most
    return {
      tokens: tokens === null ? null : tokens - tokensOf(run.usage),
      toolCalls: toolCalls === null ? null : toolCalls - run.toolCalls,
    }
  }

  /** What the run may use in all: of its own budget, and of that of the run that it is part of. */
  get #most(): Allowance {
    const { tokens, toolCalls } = this.#plan.budget
    const { allowance } = this.#host
    return {
      tokens: least(tokens, allowance?.tokens),
      toolCalls: least(toolCalls, allowance?.toolCalls),
    }
  }

  /** Milliseconds since the run began. */
  elapsed(run: RunState): number {
    return this.#host.now() - run.beganAt
  }
}

function least(own: number | undefined, outer: number | null | undefined): number | null {
  const limits = [own, outer].filter((limit) => typeof limit === 'number')
  return limits.length === 0 ? null : Math.min(...limits)
}
