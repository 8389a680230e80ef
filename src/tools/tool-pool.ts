/**
 * A pool of threads for tools: elastic, under one cap for all sizes of memory.
 *
 * Owns: which calls wait and run, and which thread does what. The locks are those of the process.
 * Invariants: a call that is given to a thread has it at once, since threads and running calls have
 * one cap; a call has its locks before it waits for a thread, and keeps both until no thread runs
 * it; the queue's bounds count all that wait for locks or threads.
 */
import type { Clock } from '../clock.ts'
import { textFrom } from '../describe.ts'
import { type ErrorRecord, errorFromRecord, HeddleError, problemOf } from '../errors.ts'
import { IdleThreads } from './idle-threads.ts'
import type { PlaceOptions, PoolCall } from './pool-call.ts'
import { openPoolThread, type PoolThread, type ThreadOptions } from './pool-thread.ts'
import { PooledCall, type ToolRun } from './pooled-call.ts'
import type { ThreadOutcome } from './thread-call.ts'
import type { ToolLocks } from './tool-locks.ts'

/** The options of a pool, with their defaults. */
export interface PoolSettings extends Pick<ThreadOptions, 'entry' | 'env'> {
  readonly threads: number
  readonly idleMs: number
  readonly graceMs: number
  readonly queue: { readonly calls: number; readonly bytes: number }
  readonly locks: ToolLocks
  readonly clock: Clock
}

/** What a pool holds at a moment. */
export interface PoolStats {
  /** Its threads, with those that are being ended. */
  readonly threads: number
  /** The threads that run no call. */
  readonly idle: number
  /** The calls that a thread runs, also those whose callers have given up. */
  readonly running: number
  /** The calls that wait for a lock or a thread, and their size in bytes, an estimate. */
  readonly waiting: number
  readonly waitingBytes: number
  /** The calls that wait for room in the queue. */
  readonly outside: number
  /** The calls of the whole process that have a lock, or wait for one. */
  readonly locks: { readonly held: number; readonly waiting: number }
}

/** How long a thread may take to load a module, in milliseconds. */
const LOAD_MS = 30_000
/** How long a stop waits for threads that were killed; one in native code may not end. */
const CLOSE_MS = 2_000

export class ThreadPool {
  readonly #settings: PoolSettings
  readonly #threads = new Set<PoolThread>()
  readonly #idle: IdleThreads
  readonly #outside = new Set<PooledCall>()
  readonly #waiting = new Set<PooledCall>()
  /** Those that wait for a thread, in order. */
  readonly #queue = new Set<PooledCall>()
  readonly #running = new Map<PooledCall, PoolThread>()
  readonly #whenIdle = new Set<() => void>()
  #waitingBytes = 0
  #isStopping = false

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#idle = new IdleThreads(settings, (thread) => this.#drop(thread))
  }

  get stats(): PoolStats {
    return {
      threads: this.#threads.size,
      idle: this.#idle.size,
      running: this.#running.size,
      waiting: this.#waiting.size,
      waitingBytes: this.#waitingBytes,
      outside: this.#outside.size,
      locks: this.#settings.locks.stats,
    }
  }

  /** Whether anybody waits for a call. */
  get isWanted(): boolean {
    return [...this.#running.keys()].some((one) => !one.isSettled) || this.#waiting.size > 0
  }

  start(call: PoolCall, options: PlaceOptions): ToolRun {
    const one = new PooledCall(call, options)
    if (this.#isStopping) this.#end(one, stopped(one))
    else if (options.signal.aborted) this.#end(one, options.signal.reason)
    else {
      one.listen((reason) => this.#abort(one, reason))
      this.#admit(one)
    }
    return one.run
  }

  /** Calls `run` as soon as nothing runs or waits. */
  whenIdle(run: () => void): void {
    this.#whenIdle.add(run)
    this.#tellIdle()
  }

  /** Ends all calls and threads. Resolves when they have ended, and soon in any case. */
  async stop(): Promise<void> {
    const { clock, graceMs } = this.#settings
    this.#isStopping = true
    const calls = [...this.#outside, ...this.#waiting, ...this.#running.keys()]
    for (const one of calls) this.#abort(one, stopped(one))
    const threads = [...this.#threads]
    for (const thread of this.#idle.all) this.#drop(thread)
    const late = Promise.withResolvers<void>()
    const stopTimer = clock.after(graceMs + CLOSE_MS, late.resolve)
    const ended = [...calls.map(({ run }) => run.letGo), ...threads.map(({ exited }) => exited)]
    await Promise.race([Promise.all(ended), late.promise])
    stopTimer()
  }

  #admit(one: PooledCall): void {
    const { calls, bytes } = this.#settings.queue
    const left = bytes - this.#waitingBytes
    const isFull = this.#waiting.size >= calls
    const isBig = one.call.bytes > left
    if (this.#outside.size === 0 && (this.#goesAtOnce(one) || !(isFull || isBig))) {
      return this.#enter(one)
    }
    if (one.options.whenFull === 'wait') {
      this.#outside.add(one)
      return this.#letIn() // one that is too big for the queue goes in once that is empty
    }
    const bound = isFull || !isBig ? 'calls' : 'bytes'
    const limit = bound === 'calls' ? calls : bytes
    this.#end(one, new HeddleError('HEDDLE_TOOL_POOL_FULL', { tool: one.call.name, bound, limit }))
  }

  #goesAtOnce({ ask }: PooledCall): boolean {
    const { threads, locks } = this.#settings
    return this.#running.size < threads && this.#queue.size === 0 && locks.isFree(ask)
  }

  /** Lets in those who wait outside, as far as there is room. A call that is too big goes alone. */
  #letIn(): void {
    const { calls, bytes } = this.#settings.queue
    for (const one of this.#outside) {
      const fits = this.#waiting.size < calls && one.call.bytes <= bytes - this.#waitingBytes
      if (!fits && this.#waiting.size > 0) return
      this.#outside.delete(one)
      this.#enter(one)
    }
  }

  #enter(one: PooledCall): void {
    const { lock, atMost, bytes } = one.call
    this.#waiting.add(one)
    this.#waitingBytes += bytes
    one.phase = 'locks'
    if (lock === undefined && atMost === undefined) return this.#await(one)
    one.hold = this.#settings.locks.ask(one.ask, {
      granted: () => this.#await(one),
      refused: (error) => this.#end(one, error),
      turn: one.options.turn,
      isTimed: true,
    })
  }

  #await(one: PooledCall): void {
    one.phase = 'queue'
    this.#queue.add(one)
    this.#dispatch()
  }

  #dispatch(): void {
    for (const one of this.#queue) {
      if (this.#running.size >= this.#settings.threads) return
      this.#leaveQueue(one)
      this.#run(one)
    }
    this.#letIn()
  }

  #leaveQueue(one: PooledCall): void {
    this.#queue.delete(one)
    this.#outside.delete(one)
    if (this.#waiting.delete(one)) this.#waitingBytes -= one.call.bytes
  }

  #run(one: PooledCall): void {
    const { name: tool, module, timeoutMs } = one.call
    const thread = this.#threadFor(one.call.memoryMb)
    one.phase = 'running'
    this.#running.set(one, thread)
    this.#limit(one, LOAD_MS, () => {
      const problem = `it was not loaded within ${LOAD_MS} ms`
      return new HeddleError('HEDDLE_TOOL_LOAD_FAILED', { tool, module, problem })
    })
    const began = () => {
      one.hasBegun = true
      if (one.isSettled) return // its grace runs
      this.#limit(one, timeoutMs, () => {
        return new HeddleError('HEDDLE_TOOL_TIMEOUT', { tool, limitMs: timeoutMs })
      })
    }
    const progress = (value: unknown) => this.#progress(one, value)
    thread.run(one.call, { began, progress }).then(
      (outcome) => this.#done(one, outcome),
      (error) => this.#died(one, error),
    )
  }

  #progress(one: PooledCall, value: unknown): void {
    if (one.isSettled) return
    try {
      one.options.onProgress(value)
    } catch (error) {
      this.#abort(one, error)
    }
  }

  /** After `ms` milliseconds the call fails, and its thread is killed. */
  #limit(one: PooledCall, ms: number, late: () => Error): void {
    one.stopTimer = this.#settings.clock.after(ms, () => {
      one.fail(late())
      this.#running.get(one)?.kill()
    })
  }

  #done(one: PooledCall, outcome: ThreadOutcome): void {
    if (outcome.kind === 'done') one.done(outcome.value)
    else one.fail(errorFromRecord(outcome.error))
    const thread = this.#running.get(one) as PoolThread
    this.#running.delete(one)
    // a thread keeps what it could not import, and could not import it again
    const isSpoilt = outcome.kind === 'failed' && outcome.error.code === 'HEDDLE_TOOL_LOAD_FAILED'
    if (this.#isStopping || thread.hasFailed || isSpoilt) this.#drop(thread)
    else this.#idle.add(thread)
    this.#end(one)
  }

  /** The call is over for its caller; its locks and its place are held until the thread is gone. */
  #died(one: PooledCall, error: unknown): void {
    one.fail(failureOf(one, error))
    one.stopTimer = undefined
    const thread = this.#running.get(one) as PoolThread
    thread.kill()
    void thread.exited.then(() => {
      this.#threads.delete(thread)
      this.#running.delete(one)
      this.#end(one)
    })
  }

  #abort(one: PooledCall, reason: unknown): void {
    if (one.isSettled) return
    one.fail(reason)
    if (one.phase !== 'running') return this.#end(one)
    const thread = this.#running.get(one)
    thread?.abort(reason)
    const { clock, graceMs } = this.#settings
    one.stopTimer = clock.after(graceMs, () => thread?.kill())
  }

  /** Nothing runs the call any more, or ever will. */
  #end(one: PooledCall, error?: unknown): void {
    if (error !== undefined) one.fail(error)
    this.#leaveQueue(one)
    one.end()
    this.#dispatch()
    this.#tellIdle()
  }

  /** There is an idle thread to end if there are as many as may be, since fewer calls run. */
  #threadFor(memoryMb: number): PoolThread {
    const idle = this.#idle.take(memoryMb)
    if (idle !== undefined) return idle
    const oldest = this.#threads.size < this.#settings.threads ? undefined : this.#idle.oldest
    if (oldest !== undefined) this.#drop(oldest)
    const { entry, env } = this.#settings
    const thread = openPoolThread({ entry, env, memoryMb, left: (...what) => this.#left(...what) })
    this.#threads.add(thread)
    void thread.exited.then(() => this.#forget(thread))
    return thread
  }

  /** The call that runs on the thread can end well. */
  #left(thread: PoolThread, tool: string, { message }: ErrorRecord): void {
    if (this.#idle.has(thread)) this.#drop(thread)
    const what = `the tool '${tool}' left something behind that failed after its call: ${message}`
    process.emitWarning(what, { type: 'HeddleWarning', code: 'HEDDLE_TOOL_LEFT_BEHIND' })
  }

  /** Ends a thread that runs no call. */
  #drop(thread: PoolThread): void {
    this.#forget(thread)
    thread.kill()
  }

  #forget(thread: PoolThread): void {
    this.#idle.delete(thread)
    this.#threads.delete(thread)
  }

  #tellIdle(): void {
    if (this.#running.size + this.#waiting.size + this.#outside.size > 0) return
    const told = [...this.#whenIdle]
    this.#whenIdle.clear()
    for (const run of told) run()
  }
}

function stopped({ call }: PooledCall): HeddleError {
  return new HeddleError('HEDDLE_TOOL_POOL_STOPPED', { tool: call.name })
}

/** Why the thread ended while the call was on it. */
function failureOf({ call, hasBegun }: PooledCall, cause: unknown): HeddleError {
  const { name: tool, module, memoryMb: limitMb } = call
  const problem = problemOf(cause)
  if (textFrom(Object(cause), 'code') === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new HeddleError('HEDDLE_TOOL_OUT_OF_MEMORY', { tool, limitMb }, { cause })
  }
  if (hasBegun) return new HeddleError('HEDDLE_TOOL_DIED', { tool, problem }, { cause })
  const loading = `the thread that was to load it ended: ${problem}`
  return new HeddleError('HEDDLE_TOOL_LOAD_FAILED', { tool, module, problem: loading }, { cause })
}
