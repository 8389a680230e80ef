/** The rival for latency: one bare worker that sends back what it is sent. */
import { Worker } from 'node:worker_threads'
import { failOnDeath, terminateAll } from './raw-threads.ts'

export class Echo {
  readonly #worker = new Worker(new URL('./echo-worker.ts', import.meta.url))
  #answered = (_answer: unknown): void => {}

  constructor() {
    failOnDeath(this.#worker)
    this.#worker.on('message', (answer) => this.#answered(answer))
  }

  ping(message: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#worker.postMessage(message)
    })
  }

  stop(): Promise<unknown> {
    return terminateAll([this.#worker])
  }
}
