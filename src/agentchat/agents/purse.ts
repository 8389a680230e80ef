/** What a turn of an agent may still spend of its run's budget, and what it has spent. */
import { HeddleError } from '../../errors.ts'
import { addUsage, NO_USAGE, type Usage } from '../../models/model.ts'
import type { Spending } from './chat-agent.ts'

/** What may still be spent; null: no limit. */
export interface Allowance {
  readonly tokens: number | null
  readonly toolCalls: number | null
}

/** What was spent. */
export interface Spent {
  readonly usage: Usage
  readonly toolCalls: number
}

export const NOTHING_SPENT: Spent = Object.freeze({ usage: NO_USAGE, toolCalls: 0 })

export class Purse implements Spending {
  toolCalls = 0
  /** The usage of all model calls reported to it; undefined when there were no calls. */
  usage: Usage | undefined
  readonly #left: Allowance

  /** `spent`: what the turn had spent when it was suspended. */
  constructor(left: Allowance, spent?: Spent) {
    this.#left = left
    this.usage = tokensOf(spent?.usage) > 0 ? spent?.usage : undefined
    this.toolCalls = spent?.toolCalls ?? 0
  }

  modelCall(): void {
    const { tokens } = this.#left
    if (tokens !== null && tokensOf(this.usage) >= tokens) throw usedUp('tokens', tokens)
  }

  toolCall(): void {
    const { toolCalls } = this.#left
    if (toolCalls !== null && this.toolCalls >= toolCalls) throw usedUp('toolCalls', toolCalls)
    this.toolCalls++
  }

  used(usage: Usage): void {
    this.usage = addUsage(this.usage ?? NO_USAGE, usage)
  }
}

export function tokensOf({ promptTokens, completionTokens }: Usage = NO_USAGE): number {
  return promptTokens + completionTokens
}

function usedUp(what: string, limit: number): HeddleError {
  return new HeddleError('HEDDLE_BUDGET', { what, limit })
}
