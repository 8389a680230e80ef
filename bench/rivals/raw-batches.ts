/**
 * The rival without a runtime: messages go in batches to bare worker threads, keys are split by
 * hand, and each batch is acknowledged.
 */
import { Worker } from 'node:worker_threads'
import { THREADS, WINDOW } from '../load.ts'
import { orderAt } from '../orders.ts'
import { addRow, emptyBatch } from './raw-batch.ts'
import { failOnDeath, terminateAll } from './raw-threads.ts'

const BATCH = 256

export class RawBatches {
  readonly #threads: readonly BatchThread[]

  constructor(handler: 'read' | 'book') {
    this.#threads = Array.from({ length: THREADS }, () => new BatchThread(handler))
  }

  /** Sends `count` messages to the keys in rotation, and resolves when all are acknowledged. */
  async run(count: number, keys: readonly string[]): Promise<void> {
    for (let index = 0; index < count; index++) {
      const key = index % keys.length
      const thread = this.#threads[key % THREADS] as BatchThread
      thread.add(keys[key] as string, index)
      if (thread.isFull) await thread.room()
    }
    await Promise.all(this.#threads.map((thread) => thread.drained()))
  }

  stop(): Promise<unknown> {
    return terminateAll(this.#threads.map(({ worker }) => worker))
  }
}

class BatchThread {
  readonly worker: Worker
  #batch = emptyBatch()
  #unacknowledged = 0
  #limit = 0
  #resume: (() => void) | undefined

  constructor(handler: 'read' | 'book') {
    this.worker = new Worker(new URL('./raw-batch-worker.ts', import.meta.url), {
      workerData: handler,
    })
    failOnDeath(this.worker)
    this.worker.on('message', (rows: number) => {
      this.#unacknowledged -= rows
      if (this.#unacknowledged <= this.#limit) this.#resume?.()
    })
  }

  get isFull(): boolean {
    return this.#unacknowledged >= WINDOW / THREADS
  }

  add(key: string, index: number): void {
    addRow(this.#batch, key, orderAt(index))
    if (this.#batch.keys.length === BATCH) this.#post()
  }

  /** Resolves when another batch may be sent. */
  room(): Promise<void> {
    return this.#untilUnacknowledged(WINDOW / THREADS - BATCH)
  }

  drained(): Promise<void> {
    if (this.#batch.keys.length > 0) this.#post()
    return this.#untilUnacknowledged(0)
  }

  #post(): void {
    this.#unacknowledged += this.#batch.keys.length
    this.worker.postMessage(this.#batch)
    this.#batch = emptyBatch()
  }

  #untilUnacknowledged(limit: number): Promise<void> {
    if (this.#unacknowledged <= limit) return Promise.resolve()
    this.#limit = limit
    return new Promise((resolve) => {
      this.#resume = () => {
        this.#resume = undefined
        resolve()
      }
    })
  }
}
