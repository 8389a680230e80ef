/** What a user interface does with the items of a run. */
import { type RunItem, textOf } from 'heddle/agentchat'

/** `coming`: in pieces. `said`: whole, but may be retracted. `settled`: stays. */
interface Entry {
  readonly source: string
  readonly text: string
  readonly state: 'coming' | 'said' | 'settled'
}

export class Page {
  /** Messages by id, in the order in which they began. */
  readonly #entries = new Map<string, Entry>()

  get lines(): readonly string[] {
    return [...this.#entries.values()].map(({ source, text, state }) => {
      return `${source}: ${text.trim()}${state === 'coming' ? ' …' : ''}`
    })
  }

  add(item: RunItem): void {
    switch (item.kind) {
      case 'chunk': {
        const { messageId, source, content } = item
        const before = this.#entries.get(messageId)
        const text = before?.state === 'coming' ? before.text + content : content
        this.#entries.set(messageId, { source, text, state: 'coming' })
        return
      }
      case 'speakers': // what was said before these speak stays
        for (const [id, entry] of this.#entries)
          this.#entries.set(id, { ...entry, state: 'settled' })
        return
      case 'retracted': // what it has shown of its turn counts no more
        return this.#drop(({ source, state }) => source === item.source && state !== 'settled')
      case 'tool-calls': // the text beside them is not a part of the message that follows
        return this.#drop(({ source, state }) => source === item.source && state === 'coming')
      case 'result':
        return
    }
    // The message, which counts instead of its pieces. Events of the work have no id.
    if ('id' in item) {
      this.#entries.set(item.id, { source: item.source, text: textOf(item), state: 'said' })
    }
  }

  #drop(isDropped: (entry: Entry) => boolean): void {
    for (const [id, entry] of this.#entries) if (isDropped(entry)) this.#entries.delete(id)
  }
}
