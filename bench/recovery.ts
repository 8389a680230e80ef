import { Worker } from 'node:worker_threads'
import { type Runtime, ThreadedRuntime } from 'heddle'
import { Order, reader } from './agents/reader.agent.ts'
import { runtimeOptions, topicsOf } from './load.ts'
import { orderAt } from './orders.ts'
import type { Question } from './question.ts'
import { milliseconds, race } from './race.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

const MESSAGES = 4_000
const KEYS = 256

export const recovery: Question = {
  name: 'recovery',
  asks: 'a lane killed under load: the time until all its work is done, less that work, over the start of such a thread',
  goals: { overSpawn: { kind: 'at most', value: 2 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const threads = new Set<Worker>()
      process.on('worker', (worker: Worker) => {
        threads.add(worker)
        worker.once('exit', () => threads.delete(worker))
      })
      const runtime = await stage.enter(
        ThreadedRuntime.start({ ...runtimeOptions, agents: [reader], lanes: 1 }),
      )
      const topics = topicsOf(Order.name, KEYS)
      const load = () => {
        for (let at = 0; at < MESSAGES; at++) {
          void runtime.publish(Order(orderAt(at)), topics[at % KEYS] as (typeof topics)[number])
        }
      }
      const { killed, unhurt, spawn } = await race(
        {
          killed: () =>
            milliseconds(async () => {
              load()
              await nextCommit(runtime)
              for (const thread of threads) void thread.terminate()
              await runtime.idle()
            }),
          unhurt: () =>
            milliseconds(async () => {
              load()
              await runtime.idle()
            }),
          spawn: () => milliseconds(startBare),
        },
        setting,
      )
      if (runtime.stats().deadLettered > 0) throw new Error('messages were not handled')
      const recovered = killed.map((ms, round) => ms - (unhurt[round] as number))
      return {
        figures: { recoveryMs: spreadOf(recovered), spawnMs: spreadOf(spawn) },
        ratios: { overSpawn: ratioOf(recovered, spawn) },
      }
    }),
}

/** Resolves while the lane is in the middle of its work. */
async function nextCommit(runtime: Runtime): Promise<void> {
  const before = runtime.stats().handled
  while (runtime.stats().handled === before) await new Promise((resolve) => setImmediate(resolve))
}

async function startBare(): Promise<void> {
  const worker = new Worker(new URL('./rivals/bare-lane-worker.ts', import.meta.url))
  try {
    await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  } finally {
    void worker.terminate()
  }
}
