/**
 * A lane on a thread, seen from the main thread.
 *
 * Owns: one pool of one thread, the two ports to it, its shared memory.
 * Gotchas: the lane is closed when its data port is: all that the thread posted before it died has then been read. Why it
 * died is told elsewhere (the pool's `error`, the worker's `exit`), a little later.
 */
import { extname } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import * as Comlink from 'comlink'
import { Piscina } from 'piscina'
import type { Clock } from '../clock.ts'
import { errorFromRecord, HeddleError, isHeddleError, problemOf } from '../errors.ts'
import type { AgentMetadata } from '../runtime/agent-directory.ts'
import type { AgentSpec, Registrable } from '../runtime/agent-module.ts'
import { Counters } from '../runtime/counters.ts'
import type { LaneEvents, LaneHandle } from '../runtime/lane-channel.ts'
import type { LaneSettings } from '../runtime/lane-settings.ts'
import { COMMIT_TURNS } from '../runtime/lane-turns.ts'
import { outsideTurns } from '../runtime/turn-context.ts'
import type { ToLane } from '../runtime/wire.ts'
import type { LaneControl, LaneTask, Loaded } from './lane-thread.ts'
import { nodeEndpoint } from './node-endpoint.ts'
import { type PostedFromLane, packToLane, unpackFromLane } from './payload-text.ts'

export interface ThreadLaneOptions {
  /** What the thread runs. */
  readonly entry: URL
  readonly settings: LaneSettings
  readonly limits: ThreadLimits
  readonly index: number
  readonly clock: Clock
  readonly events: LaneEvents
}

/** What a lane's thread may have of the process. */
export interface ThreadLimits {
  /** Mebibytes of its heap; undefined: as V8 chooses. */
  readonly heapMb: number | undefined
  /** Its `process.env`; undefined: a copy of the main thread's. */
  readonly env: Readonly<Record<string, string>> | undefined
}

/** Of the same build as this module. */
export const LANE_ENTRY = new URL(`../../workers/lane${extname(import.meta.url)}`, import.meta.url)
/** A thread that is told to end and does not is left to the process's end after so many milliseconds. */
const CLOSE_MS = 2_000
/** How long the exit of a thread may come after the close of its port. */
const EXIT_MS = 1_000
/**
 * Node lets a thread that runs out of memory have 16 MiB more to end in. What survives a collection of young objects moves over at once,
 * so there may not be more of them, or V8 ends the process.
 */
const YOUNG_MB = 16
/** More cells than turns: those that wait for replies, and those whose commit waits, are not counted as under way, but have a cell. */
const CELLS_PER_TURN = 16

/** Starts a thread, and makes it a lane. Rejects with HEDDLE_LANE_START_FAILED. */
export function openThreadLane(options: ThreadLaneOptions): Promise<LaneHandle> {
  return outsideTurns(() => open(options)) // its ports tell what they hear in the context in which they were made
}

async function open(options: ThreadLaneOptions): Promise<LaneHandle> {
  let lane: ThreadLane
  try {
    lane = new ThreadLane(options)
  } catch (cause) {
    throw startFailed(options.index, cause, cause)
  }
  await lane.start()
  return lane
}

function startFailed(lane: number, why: unknown, cause: unknown): HeddleError {
  return new HeddleError('HEDDLE_LANE_START_FAILED', { lane, problem: problemOf(why) }, { cause })
}

class ThreadLane implements LaneHandle {
  readonly counters: Counters
  readonly #options: ThreadLaneOptions
  readonly #pool: Piscina
  readonly #data: MessagePort
  readonly #control: MessagePort
  readonly #remote: Comlink.Remote<LaneControl>
  readonly #task: LaneTask
  /** Rejects when the thread is gone, so that no call waits for it. */
  readonly #death = Promise.withResolvers<never>()
  readonly #exited = Promise.withResolvers<void>()
  #cause: unknown
  #stopKill: (() => void) | undefined
  #calls = 0
  #status: 'starting' | 'up' | 'closing' | 'closed' = 'starting'

  constructor(options: ThreadLaneOptions) {
    this.#options = options
    const { settings, index } = options
    const { heapMb, env } = options.limits
    this.counters = Counters.create(settings.turnsPerLane * CELLS_PER_TURN + COMMIT_TURNS)
    const data = new MessageChannel()
    const control = new MessageChannel()
    this.#data = data.port1
    this.#control = control.port1
    this.#task = {
      settings,
      index,
      counters: this.counters.buffer,
      data: data.port2,
      control: control.port2,
    }
    this.#death.promise.catch(() => {})
    this.#remote = Comlink.wrap<LaneControl>(nodeEndpoint(this.#control))
    this.#data.on('message', (posted: PostedFromLane) => {
      options.events.record(unpackFromLane(posted))
    })
    this.#data.on('close', () => void this.#closed())
    this.#data.unref()
    this.#control.unref()
    this.#pool = new Piscina({
      filename: options.entry.href,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled', // the default parks a thread without its timers and ports
      ...(env !== undefined && { env: { ...env } }),
      ...(heapMb !== undefined && { resourceLimits: limitsOf(heapMb) }),
    })
    this.#pool.on('error', (error) => {
      this.#cause ??= error
    })
    this.#pool.threads[0]?.once('exit', (code) => {
      this.#cause ??= this.counters.hasLeft
        ? new Error(`its thread exited with code ${code}`)
        : new HeddleError('HEDDLE_LANE_ENDED', { lane: index })
      this.#data.close() // if it never got its port: nothing was posted, and nothing would close it
      this.#exited.resolve()
    })
  }

  async start(): Promise<void> {
    const { data, control } = this.#task
    try {
      const started = this.#pool.run(this.#task, { transferList: [data, control] })
      await Promise.race([started, this.#death.promise])
      this.#status = 'up'
    } catch (cause) {
      await this.close()
      // The call fails with what went wrong on the thread, or else with its death, which the thread's end explains.
      const why = isHeddleError(cause, 'HEDDLE_LANE_DIED') ? this.#cause : cause
      throw startFailed(this.#options.index, why, cause)
    }
  }

  post(record: ToLane): void {
    this.#data.postMessage(packToLane(record))
  }

  async load(agent: Registrable): Promise<AgentMetadata> {
    const loaded = await this.#call(this.#remote.load(specOf(agent)) as Promise<Loaded>)
    if (loaded.kind === 'failed') throw errorFromRecord(loaded.error)
    return loaded.metadata
  }

  hold(alive: boolean): void {
    if (this.#status !== 'up') return
    if (alive) this.#data.ref()
    else this.#data.unref()
  }

  async close(): Promise<void> {
    if (this.#status === 'up') {
      this.#status = 'closing'
      await this.#within(CLOSE_MS, this.#call(this.#remote.dispose()))
    }
    this.#status = 'closed'
    this.#data.close()
    this.#control.close()
    await this.#within(CLOSE_MS, this.#pool.destroy())
  }

  /** Ends the thread at once. Its port is read to its close; if that does not come either, it is closed here. */
  kill(cause: Error): void {
    if (this.#status !== 'up') return
    this.#cause = cause
    void this.#pool.threads[0]?.terminate()
    this.#stopKill = this.#options.clock.after(CLOSE_MS, () => this.#data.close())
  }

  /** Waits for the thread's answer, but not beyond its death. Keeps the process alive meanwhile. */
  async #call<T>(answer: Promise<T>): Promise<T> {
    if (this.#calls++ === 0) this.#control.ref()
    try {
      return await Promise.race([answer, this.#death.promise])
    } finally {
      if (--this.#calls === 0) this.#control.unref()
    }
  }

  /** A thread may never answer, nor end: waits for a while, and goes on. */
  async #within(ms: number, done: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stopTimer = this.#options.clock.after(ms, resolve)
    await Promise.race([done.catch(() => {}), promise])
    stopTimer()
  }

  /** The data port has been read to its end. Why is told by the thread's exit, which follows. */
  async #closed(): Promise<void> {
    const { events, index } = this.#options
    this.#stopKill?.()
    await this.#within(EXIT_MS, this.#exited.promise)
    const cause = this.#cause ?? new Error('its port was closed, and its thread has not exited')
    const fields = { lane: index, problem: problemOf(cause) }
    this.#death.reject(new HeddleError('HEDDLE_LANE_DIED', fields, { cause }))
    if (this.#status !== 'up') return
    this.#status = 'closed'
    this.#control.close()
    events.closed(cause)
    await this.#within(CLOSE_MS, this.#pool.destroy())
  }
}

function limitsOf(heapMb: number) {
  return { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB }
}

function specOf(agent: Registrable): AgentSpec {
  if (agent.kind === 'reference') return agent.spec
  const { type, definition, config } = agent
  const module = definition.module as string // closure agents never come to a thread
  return { type, definedAs: definition.type, module, config, configChecked: true }
}
