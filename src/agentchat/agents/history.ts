/**
 * An agent's history of a conversation, in a list: for agents that run outside a runtime's state.
 */
import type { ModelMessage } from '../../models/model.ts'
import type { History } from './chat-agent.ts'

export class ListHistory implements History {
  #entries: ModelMessage[]

  constructor(entries: readonly ModelMessage[] = []) {
    this.#entries = [...entries]
  }

  get length(): number {
    return this.#entries.length
  }

  read(from = 0): ModelMessage[] {
    return this.#entries.slice(from)
  }

  append(...messages: readonly ModelMessage[]): void {
    this.#entries.push(...messages)
  }

  clear(): void {
    this.#entries = []
  }

  /** Drops all entries from this index on. */
  cut(length: number): void {
    this.#entries = this.#entries.slice(0, length)
  }

  /** Marks the present end: the returned function takes back all that was added after it. */
  mark(): () => void {
    const entries = this.#entries
    const { length } = entries
    return () => {
      this.#entries = entries
      entries.length = length
    }
  }
}
