/**
 * The rival without a runtime, for computing: the work is split by hand over bare worker threads,
 * and each thread gets its share in one post.
 */
import { Worker } from 'node:worker_threads'
import { failOnDeath, terminateAll } from './raw-threads.ts'

/** How a thread reports: once, when it has done everything, or each turn as it ends. */
export type Reports = 'once' | 'each turn'

export class HandSplit {
  readonly #workers: readonly Worker[]

  constructor(threads: number, reports: Reports = 'once') {
    const entry = new URL('./hand-split-worker.ts', import.meta.url)
    this.#workers = Array.from(
      { length: threads },
      () => new Worker(entry, { workerData: reports }),
    )
    for (const worker of this.#workers) failOnDeath(worker)
  }

  /** Takes one list of turns for each thread; a turn is the number of steps that it computes. */
  async run(loads: readonly (readonly number[])[]): Promise<void> {
    await Promise.all(this.#workers.map((worker, index) => runOn(worker, loads[index] ?? [])))
  }

  stop(): Promise<unknown> {
    return terminateAll(this.#workers)
  }
}

function runOn(worker: Worker, turns: readonly number[]): Promise<void> {
  return new Promise((resolve) => {
    let done = 0
    const count = (more: number) => {
      done += more
      if (done < turns.length) return
      worker.off('message', count)
      resolve()
    }
    worker.on('message', count)
    worker.postMessage(turns)
  })
}

/**
 * Distributes the longest first, each to the thread with the least so far (Graham, 1969). That is
 * about the best split if all costs are known beforehand.
 */
export function longestFirst<T>(
  items: readonly T[],
  costOf: (item: T) => number,
  threads: number,
): T[][] {
  const loads = Array.from({ length: threads }, () => ({ cost: 0, items: [] as T[] }))
  for (const item of items.toSorted((a, b) => costOf(b) - costOf(a))) {
    const least = loads.reduce((a, b) => (b.cost < a.cost ? b : a))
    least.cost += costOf(item)
    least.items.push(item)
  }
  return loads.map((load) => load.items)
}
