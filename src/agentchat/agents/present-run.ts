/** The run of an agent alone that is under way, as later calls may change it. */
import type { ChatMessage } from '../messages/chat-message.ts'
import { INTERRUPTED, type RunItem, type TaskResult } from '../runs/task.ts'

export class PresentRun {
  /** The messages with which it was steered and that its agent has heard. */
  readonly heard: ChatMessage[] = []
  #unheard: ChatMessage[] = []
  readonly #cut = new AbortController()
  readonly #over = Promise.withResolvers<TaskResult>()

  get interrupted(): AbortSignal {
    return this.#cut.signal
  }

  /** Settles as the run does. */
  follow(running: Promise<TaskResult>): Promise<TaskResult> {
    this.#over.promise.catch(() => {}) // its first caller gets the error
    this.#over.resolve(running)
    return running
  }

  interrupt(): void {
    this.#cut.abort(INTERRUPTED)
  }

  /** Its result, once it has heard these. Undefined: it has ended before. */
  async steer(messages: readonly ChatMessage[]): Promise<TaskResult | undefined> {
    this.#unheard.push(...messages)
    const result = await this.#over.promise.catch(() => undefined)
    if (result === undefined) return undefined
    return messages.every((one) => this.heard.includes(one)) ? result : undefined
  }

  /** What it has not heard yet. */
  async read(show: (item: RunItem) => void): Promise<readonly ChatMessage[]> {
    const news = this.#unheard
    this.#unheard = []
    for (const message of news) show(message)
    this.heard.push(...news)
    return news
  }
}
