import type { Worker } from 'node:worker_threads'

/** A bare worker that dies ends the question's process, since its answer would never come. */
export function failOnDeath(worker: Worker): void {
  worker.on('error', (error) => {
    throw error
  })
}

export function terminateAll(workers: readonly Worker[]): Promise<unknown> {
  return Promise.all(workers.map((worker) => worker.terminate()))
}
