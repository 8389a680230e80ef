/** What a run may use at most. The team enforces it, whatever its agents do. */
import { describe } from '../../errors.ts'
import { strangeName } from '../../option-rules.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { BudgetKind, ChatStopReason } from './task.ts'

/** Each undefined by default: no limit. */
export interface Budget {
  /** How many turns speakers take in all. */
  readonly turns?: number
  /**
   * The tokens of all model calls, prompts and completions together. A run ends after the call that
   * reaches the limit.
   */
  readonly tokens?: number
  /** Milliseconds from the run's start; turns still under way are then cancelled. */
  readonly ms?: number
  readonly toolCalls?: number
  /** How deep teams may be nested, counting this one. */
  readonly depth?: number
}

const NAMES = {
  turns: 'turns',
  tokens: 'tokens',
  ms: 'milliseconds',
  toolCalls: 'tool calls',
  depth: 'levels of teams',
}

/** Throws HEDDLE_INVALID_TEAM. */
export function checkBudget(budget: Budget, team: string): void {
  if (typeof budget !== 'object' || budget === null) {
    throw refuseChat('team', `its budget is ${describe(budget)}, and must be an object`, team)
  }
  const stranger = strangeName(budget, NAMES)
  if (stranger !== undefined) {
    const problem = `its budget has '${stranger.at}', which must be ${stranger.must}`
    throw refuseChat('team', problem, team)
  }
  for (const [what, limit] of Object.entries(budget)) {
    if (limit !== undefined && !(Number.isFinite(limit) && limit > 0)) {
      throw refuseChat('team', `budget.${what} is ${describe(limit)}, and must be above 0`, team)
    }
  }
}

export function isOver(limit: number | undefined, used: number): limit is number {
  return limit !== undefined && used >= limit
}

export function overBudget(what: BudgetKind, limit: number, used: number): ChatStopReason {
  return {
    kind: 'budget',
    what,
    limit,
    used,
    text: `the budget of ${limit} ${NAMES[what]} is used up`,
  }
}
