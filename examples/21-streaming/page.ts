/** What a user interface does with the items of a run. */
import { type RunItem, textOf } from 'heddle/agentchat'

export class Page {
  /** Messages by id. */
  readonly said = new Map<string, string>()
  /** By id, what has come of messages that are not there yet. */
  readonly coming = new Map<string, { source: string; text: string }>()

  add(item: RunItem): void {
    switch (item.kind) {
      case 'chunk': {
        const { messageId, source, content } = item
        const before = this.coming.get(messageId)?.text ?? ''
        this.coming.set(messageId, { source, text: before + content })
        return
      }
      case 'retracted': // what was shown counts no more
      case 'tool-calls': // what was shown is not a part of the message that follows
        for (const [id, { source }] of this.coming) {
          if (source === item.source) this.coming.delete(id)
        }
        return
      case 'result':
        return
    }
    if (!('id' in item)) return // an event of the work: a thought, a tool call
    this.coming.delete(item.id) // the message is whole, and counts instead of its chunks
    this.said.set(item.id, `${item.source}: ${textOf(item)}`)
  }
}
