/**
 * A thread of a pool of tools, seen from the main thread.
 *
 * Owns: a piscina of one thread, and the port to it. Never more than one call is given to it.
 * Invariant: everything that the thread has posted before its call ended is read before the end is
 * reported.
 */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Worker,
} from 'node:worker_threads'
import { Piscina } from 'piscina'
import { outsideTurns } from '../agents/turn-context.ts'
import type { ErrorRecord } from '../errors.ts'
import { TakenProgress } from './paced-progress.ts'
import { type PoolCall, THREAD_MARK } from './pool-call.ts'
import { type FromThread, packReason, type ThreadCall, type ThreadOutcome } from './thread-call.ts'

/**
 * As for lanes: V8 ends the process if a thread that runs out of memory holds more young objects.
 */
const YOUNG_MB = 16

export interface ThreadOptions {
  /** The module that the thread runs. */
  readonly entry: URL
  readonly memoryMb: number
  /** Its `process.env`; undefined: a copy of the main thread's. */
  readonly env: Readonly<Record<string, string>> | undefined
  /** What a tool has left behind has failed there: the thread should take no other call. */
  readonly left: (thread: PoolThread, tool: string, error: ErrorRecord) => void
}

/** What a call reports while it runs. */
export interface CallEvents {
  readonly began: () => void
  readonly progress: (value: unknown) => void
}

export class PoolThread {
  readonly memoryMb: number
  readonly #pool: Piscina
  readonly #port: MessagePort
  /** Goes to the thread with its first call. */
  #farPort: MessagePort | undefined
  readonly #exited = Promise.withResolvers<void>()
  #worker: Worker | undefined
  #lastId = 0
  #events: CallEvents | undefined
  /** Rejects the call that runs. */
  #breakOff: ((error: unknown) => void) | undefined
  #failure: unknown
  #hasFailed = false
  /** The tools that have begun here. */
  readonly #loaded = new Set<string>()
  #running = ''
  readonly #progress = new TakenProgress()
  readonly #left: ThreadOptions['left']

  constructor({ entry, memoryMb, env, left }: ThreadOptions) {
    this.memoryMb = memoryMb
    this.#left = left
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#farPort = port2
    port1.on('message', (message: FromThread) => this.#take(message))
    port1.unref()
    this.#pool = new Piscina({
      filename: entry.href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled', // the default would park the thread, which could hear no abort
      recordTiming: false,
      workerData: THREAD_MARK,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
      ...(env !== undefined && { env: { ...env } }),
    })
    this.#pool.on('error', () => {}) // the worker's own is heard below
  }

  /** Settles when the thread has ended. */
  get exited(): Promise<void> {
    return this.#exited.promise
  }

  /** Whether it can't take another call. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Runs a call. Rejects when the thread ends before the call, with what ended it. */
  async run(call: PoolCall, events: CallEvents): Promise<ThreadOutcome> {
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<ThreadOutcome>()
    this.#events = events
    this.#breakOff = reject
    this.#running = `${call.module} ${call.name}`
    if (this.#loaded.has(this.#running)) events.began()
    this.#start({ id, call }).then(resolve, reject)
    try {
      return await promise
    } catch (error) {
      this.#fail(error)
      throw this.#failure
    } finally {
      this.#drain()
      this.#events = undefined
      this.#breakOff = undefined
    }
  }

  /** Aborts the signal of the tool that runs. */
  abort(reason: unknown): void {
    this.#port.postMessage({ kind: 'abort', id: this.#lastId, reason: packReason(reason) })
  }

  /** Ends the thread, whatever it does. */
  kill(): void {
    this.#hasFailed = true
    this.#pool.destroy().then(
      () => this.#end(),
      () => this.#end(),
    )
  }

  #start(task: ThreadCall): Promise<ThreadOutcome> {
    const port = this.#farPort
    this.#farPort = undefined
    const running: Promise<ThreadOutcome> =
      port === undefined
        ? this.#pool.run(task)
        : this.#pool.run(
            { ...task, first: { port, taken: this.#progress.taken } },
            { transferList: [port] },
          )
    if (this.#worker === undefined) {
      this.#worker = this.#pool.threads[0]
      this.#worker?.on('error', (error) => this.#fail(error)) // it comes before the exit
      this.#worker?.once('exit', (code) => {
        this.#fail(new Error(`it exited with code ${code}`))
        this.#end()
      })
    }
    return running
  }

  #take(message: FromThread): void {
    if (message.kind === 'left') {
      this.#hasFailed = true
      return this.#left(this, message.tool, message.error)
    }
    if (message.kind === 'progress') this.#progress.came()
    if (message.id !== this.#lastId) return
    if (message.kind === 'began') {
      this.#loaded.add(this.#running)
      this.#events?.began()
    } else this.#events?.progress(message.value)
  }

  #drain(): void {
    for (;;) {
      const next = receiveMessageOnPort(this.#port)
      if (next === undefined) return
      this.#take(next.message)
    }
  }

  #fail(error: unknown): void {
    if (!this.#hasFailed) this.#failure = error
    this.#failure ??= error
    this.#hasFailed = true
  }

  #end(): void {
    this.#breakOff?.(this.#failure)
    this.#drain()
    this.#port.close()
    this.#exited.resolve()
  }
}

/**
 * Makes a thread outside of all contexts: its ports report in the context that they are made in.
 */
export function openPoolThread(options: ThreadOptions): PoolThread {
  return outsideTurns(() => new PoolThread(options))
}
