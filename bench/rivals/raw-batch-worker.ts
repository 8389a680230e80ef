import { parentPort, workerData } from 'node:worker_threads'
import { type Book, book, read } from '../handlers.ts'
import { eachRow, type RawBatch } from './raw-batch.ts'

const books = new Map<string, Book>()
const handler = workerData as 'read' | 'book'

function take(batch: RawBatch): void {
  if (handler === 'read') return eachRow(batch, (_, order) => read(order))
  eachRow(batch, (key, order) => {
    let state = books.get(key)
    if (state === undefined) {
      state = { count: 0, total: 0 }
      books.set(key, state)
    }
    book(order, state)
  })
}

parentPort?.on('message', (batch: RawBatch) => {
  take(batch)
  parentPort?.postMessage(batch.keys.length)
})
