/**
 * What handlers wrote of their turns, with synchronous writes that heddle knows nothing of: it
 * stays, whatever becomes of the turn. One line an event, of all threads in one file: a line is one
 * write, appended whole.
 */
import { createReadStream, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { threadId } from 'node:worker_threads'

/** A turn has begun, or its handler has come to its end, or has thrown. */
export interface Entry {
  readonly at: 'begin' | 'end' | 'failed'
  /** The message's own number, given where it was made: the same at every attempt. */
  readonly id: string
  /** The agent id that the turn is of. */
  readonly agent: string
  readonly key: string
  readonly thread: number
  /** Who sent it: a key, or empty for outside. */
  readonly from: string
  /** What it adds to its account. Only at the end. */
  readonly amount: number
  /** What it published, in order. Only at the end. */
  readonly published: readonly string[]
}

type Turned = Pick<Entry, 'id' | 'agent' | 'key' | 'from'>

export class Journal {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  begin(turn: Turned): void {
    this.#write({ at: 'begin', ...turn, thread: threadId, amount: 0, published: [] })
  }

  failed(turn: Turned): void {
    this.#write({ at: 'failed', ...turn, thread: threadId, amount: 0, published: [] })
  }

  end(turn: Omit<Entry, 'at' | 'thread'>): void {
    this.#write({ at: 'end', ...turn, thread: threadId })
  }

  #write({ at, id, agent, key, thread, from, amount, published }: Entry): void {
    writeSync(
      this.#file,
      `${JSON.stringify([at, id, agent, key, thread, from, amount, published])}\n`,
    )
  }
}

export async function* readJournal(path: string): AsyncGenerator<Entry> {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [at, id, agent, key, thread, from, amount, published] = JSON.parse(line)
    yield { at, id, agent, key, thread, from, amount, published }
  }
}
