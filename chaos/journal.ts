/**
 * What handlers wrote about their turns. The writes are synchronous and bypass heddle, so a line
 * stays whatever becomes of the turn. All threads write to one file, one line for each event: a
 * line is one write, appended whole.
 */
import { createReadStream, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { threadId } from 'node:worker_threads'

/** A turn has begun, or its handler has finished, or has thrown. */
export interface Entry {
  readonly at: 'begin' | 'end' | 'failed'
  /** The message's own number, given where the message was made: the same at every attempt. */
  readonly id: string
  /** The id of the turn's agent. */
  readonly agent: string
  readonly key: string
  readonly thread: number
  /** The sender's key, or empty if the message came from outside. */
  readonly from: string
  /** What the turn adds to its account. Only in the line of its end. */
  readonly amount: number
  /** What the turn published, in order. Only in the line of its end. */
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
