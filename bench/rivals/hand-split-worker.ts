import { parentPort, workerData } from 'node:worker_threads'
import { burn } from '../work.ts'
import type { Reports } from './hand-split.ts'

const reports: Reports = workerData

parentPort?.on('message', (turns: readonly number[]) => {
  for (const steps of turns) {
    burn(steps)
    if (reports === 'each turn') parentPort?.postMessage(1)
  }
  if (reports === 'once') parentPort?.postMessage(turns.length)
})
