/** What a turn of an agent may still spend of its run's budget, and what it has spent. */
import { HeddleError } from '../../errors.ts'
import { addUsage, NO_USAGE, type Usage } from '../../models/model.ts'
import type { Spending } from './chat-agent.ts'

/** What may still be spent; null: no limit. */
export interface Allowance {
  readonly tokens: number | null
  readonly toolCalls: number | null
}

export class Purse implements Spending {
  toolCalls = 0
  /** The usage of all model calls reported to it; undefined when there were no calls. */
  usage: Usage | undefined
  readonly #left: Allowance
  readonly #outer: Spending | undefined

  /** `outer`: the spending of the enclosing turn, which pays as well. */
  constructor(left: Allowance, outer?: Spending) {
    this.#left = left
    this.#outer = outer
  }

  modelCall(): void {
    this.#outer?.modelCall()
    const { tokens } = this.#left
    if (tokens !== null && tokensOf(this.usage) >= tokens) throw usedUp('tokens', tokens)
  }

  toolCall(): void {
    this.#outer?.toolCall()
    const { toolCalls } = this.#left
    if (toolCalls !== null && this.toolCalls >= toolCalls) throw usedUp('toolCalls', toolCalls)
    this.toolCalls++
  }

  used(usage: Usage): void {
    this.#outer?.used(usage)
    this.usage = addUsage(this.usage ?? NO_USAGE, usage)
  }
}

function tokensOf({ promptTokens, completionTokens }: Usage = NO_USAGE): number {
  return promptTokens + completionTokens
}

function usedUp(what: string, limit: number): HeddleError {
  return new HeddleError('HEDDLE_BUDGET', { what, limit })
}
