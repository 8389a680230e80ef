/**
 * A lane on a thread, seen from the main thread.
 *
 * Owns: one pool of one thread, the two ports to it, its shared memory.
 * Invariant: every wait for the thread here has its own time limit (D6, D11). These limits are in
 * real time, as the thread is, whatever the runtime's clock says.
 * Gotchas: the lane is closed when its data port is: all that the thread posted before it died has
 * then been read. The cause of the death comes elsewhere (the pool's `error`, the worker's `exit`),
 * a little later.
 */
import { extname } from 'node:path'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import * as Comlink from 'comlink'
import { Piscina } from 'piscina'
import type { AgentSpec, Registrable } from '../agents/agent-module.ts'
import { outsideTurns } from '../agents/turn-context.ts'
import { systemClock } from '../clock.ts'
import { errorFromRecord, errorToRecord, HeddleError, isHeddleError, problemOf } from '../errors.ts'
import { type Bounded, bounded, inSteps, untilAborted, untilLate } from '../until.ts'
import { Counters } from '../wire/counters.ts'
import type { DisposeProblem, LaneEvents, LaneHandle, LoadedAgent } from '../wire/lane-handle.ts'
import type { LaneSettings } from '../wire/lane-settings.ts'
import { type PostedFromLane, packToLane, unpackFromLane } from '../wire/payload-text.ts'
import type { ToLane } from '../wire/wire.ts'
import type { CallOutcome, LaneControl, LaneTask } from './lane-entry.ts'
import { LaneMark } from './lane-mark.ts'
import { nodeEndpoint } from './node-endpoint.ts'

export interface ThreadLaneOptions {
  /** The module that the thread runs. */
  readonly entry: URL
  readonly settings: LaneSettings
  readonly limits: ThreadResources
  readonly index: number
  readonly events: LaneEvents
  /** How long the thread may take to become a lane, in milliseconds. */
  readonly startMs: number
}

/** The resources that a lane's thread gets from the process. */
export interface ThreadResources {
  /** The limit of its heap in mebibytes; undefined: as V8 chooses. */
  readonly heapMb: number | undefined
  /** Its `process.env`; undefined: a copy of the main thread's. */
  readonly env: Readonly<Record<string, string>> | undefined
}

/** The entry from the same build as this module. */
export const LANE_ENTRY = new URL(`../../workers/lane${extname(import.meta.url)}`, import.meta.url)
/**
 * A lane itself reports that an agent was not loaded in time. If the report is late by this many
 * milliseconds, the lane is ended.
 */
const LOAD_GRACE_MS = 2_000
/** How long to wait, at most, for a lane to dispose what it holds. */
const DISPOSE_GRACE_MS = 2_000
/**
 * A thread that is asked to end and has not ended after this many milliseconds is left until the
 * process ends.
 */
const CLOSE_MS = 2_000
/** How long after the close of its port a thread's exit may come. */
const EXIT_MS = 1_000
/**
 * Node gives a thread that runs out of memory 16 MiB more in which to end. Young objects that
 * survive a collection move to the old heap at once, so there may not be more of them than this, or
 * V8 ends the process.
 */
const YOUNG_MB = 16

/**
 * Makes a thread that will become a lane. Throws HEDDLE_LANE_START_FAILED, as does its `start`; or
 * HEDDLE_RUNTIME_IN_LANE.
 */
export function openThreadLane(options: ThreadLaneOptions): LaneHandle {
  // its ports report in the async context in which they were made
  return outsideTurns(() => open(options))
}

function open(options: ThreadLaneOptions): LaneHandle {
  try {
    return new ThreadLane(options)
  } catch (cause) {
    throw startFailed(options.index, cause, cause)
  }
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
  readonly #mark = new LaneMark()
  /**
   * Aborts when the thread is gone, so that no call waits for it. The abort's reason is the error
   * of such a call.
   */
  readonly #gone = new AbortController()
  readonly #exited = Promise.withResolvers<void>()
  /**
   * For each agent, what the thread was asked to do and has not answered. One of these steps may be
   * what blocks it.
   */
  readonly #loading = new Map<AgentSpec, string>()
  #cause: unknown
  #stopKill: (() => void) | undefined
  #status: 'starting' | 'up' | 'closing' | 'closed' = 'starting'
  #closing: Bounded<readonly DisposeProblem[]> | undefined

  constructor(options: ThreadLaneOptions) {
    this.#options = options
    const { settings, index } = options
    const { heapMb, env } = options.limits
    this.counters = Counters.create()
    const data = new MessageChannel()
    const control = new MessageChannel()
    this.#data = data.port1
    this.#control = control.port1
    this.#task = {
      settings,
      index,
      counters: this.counters.shared,
      data: data.port2,
      control: control.port2,
    }
    this.#remote = Comlink.wrap<LaneControl>(nodeEndpoint(this.#control))
    this.#data.on('message', (posted: PostedFromLane) => this.#take(posted))
    this.#data.on('close', () => void this.#closed())
    this.#data.unref()
    this.#control.unref()
    this.#pool = new Piscina({
      filename: options.entry.href,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled', // the default would park the thread, without timers and ports
      workerData: this.#mark.workerData,
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
      this.#closePort() // a thread that never got its port does not close it
      this.#exited.resolve()
    })
  }

  start(): Bounded<void> {
    const { data, control } = this.#task
    const { startMs } = this.#options
    return inSteps(async () => {
      try {
        const started = this.#pool.run(this.#task, { transferList: [data, control] })
        const late = () => new Error(`its thread was not ready within ${startMs} ms`)
        await bounded(this.#call(started, startMs, late))
        this.#status = 'up'
      } catch (cause) {
        // The call fails with the error from the thread, or with the thread's death, whose cause is
        // then given.
        const why = isHeddleError(cause, 'HEDDLE_LANE_DIED') ? this.#cause : cause
        if (this.#mark.refused > 0) throw new HeddleError('HEDDLE_RUNTIME_IN_LANE', {}, { cause })
        throw startFailed(this.#options.index, why, cause)
      }
    })
  }

  post(record: ToLane): void {
    this.#data.postMessage(packToLane(record))
  }

  load(agent: Registrable): Bounded<LoadedAgent> {
    const spec = specOf(agent)
    const { type, module } = spec
    const end = systemClock.now() + this.#options.settings.setupDeadlineMs
    const msLeft = () => Math.max(1, end - systemClock.now())
    const refused = this.#mark.refused
    return inSteps(async () => {
      try {
        this.#loading.set(spec, `the import of '${type}'`)
        const importing = this.#remote.import(spec, msLeft()) as Promise<
          CallOutcome<string | undefined>
        >
        const code = await bounded(
          this.#loaded(importing, msLeft(), (problem) => {
            return new HeddleError('HEDDLE_AGENT_LOAD_FAILED', { agent: type, module, problem })
          }),
        )
        this.#loading.set(spec, `the setup of '${type}'`)
        const settingUp = this.#remote.setUp(spec, msLeft()) as Promise<
          CallOutcome<LoadedAgent['metadata']>
        >
        const metadata = await bounded(
          this.#loaded(settingUp, msLeft(), (problem) => {
            return new HeddleError('HEDDLE_SETUP_FAILED', { agent: type, problem })
          }),
        )
        return { metadata, code }
      } catch (cause) {
        if (!isHeddleError(cause, 'HEDDLE_LANE_DIED') || this.#mark.refused === refused) throw cause
        throw new HeddleError('HEDDLE_RUNTIME_IN_LANE', { agent: type, module }, { cause })
      } finally {
        this.#loading.delete(spec)
      }
    })
  }

  hold(alive: boolean): void {
    if (this.#status !== 'up') return
    if (alive) this.#data.ref()
    else this.#data.unref()
  }

  close(): Bounded<readonly DisposeProblem[]> {
    this.#closing ??= inSteps(async () => {
      const problems = this.#status === 'up' ? await bounded(this.#dispose()) : []
      this.#status = 'closed'
      this.#fail(new Error('it was closed'))
      this.#data.close()
      this.#control.close()
      await bounded(within(CLOSE_MS, this.#pool.destroy()))
      return problems
    })
    return this.#closing
  }

  /**
   * Ends the thread at once. Its port is read to its close; if the close does not come either, the
   * port is closed here.
   */
  kill(cause: Error): void {
    if (this.#status !== 'up') return
    this.#cause = cause
    void this.#pool.threads[0]?.terminate()
    this.#stopKill = systemClock.after(CLOSE_MS, () => this.#closePort())
  }

  #take(posted: PostedFromLane): void {
    this.#options.events.record(unpackFromLane(posted))
  }

  /**
   * Closes the port when all is read: a close drops the rest, and while this thread was busy, the
   * thread's exit may have overtaken what was posted before it.
   */
  #closePort(): void {
    for (;;) {
      const next = receiveMessageOnPort(this.#data)
      if (next === undefined) break
      this.#take(next.message)
    }
    this.#data.close()
  }

  /** Waits for the thread's answer, but not beyond its death, nor for longer than `ms`. */
  #call<T>(answer: Promise<T>, ms: number, late: () => Error): Bounded<T> {
    return untilLate(systemClock, ms, untilAborted(answer, this.#gone.signal), () => {
      throw late()
    })
  }

  /**
   * Waits for one step of loading an agent. A thread that does not report by itself that the step
   * took too long is blocked.
   */
  #loaded<T>(
    step: Promise<CallOutcome<T>>,
    ms: number,
    failure: (problem: string) => HeddleError,
  ): Bounded<T> {
    const late = () => {
      const { index, settings } = this.#options
      const underWay = [...this.#loading.values()].join(', ')
      const error = failure(
        `lane ${index} did not answer within ${settings.setupDeadlineMs + LOAD_GRACE_MS} ms and was ended; under way there: ${underWay}`,
      )
      this.kill(error)
      return error
    }
    return inSteps(async () => {
      const outcome = await bounded(this.#call(step, ms + LOAD_GRACE_MS, late))
      if (outcome.kind === 'failed') throw errorFromRecord(outcome.error)
      return outcome.value
    })
  }

  /** Never rejects. */
  #dispose(): Bounded<readonly DisposeProblem[]> {
    this.#status = 'closing'
    const late = () =>
      new Error(
        `its thread did not dispose its agents and resources within ${DISPOSE_GRACE_MS} ms, and is ended`,
      )
    const disposing = this.#remote.dispose() as Promise<readonly DisposeProblem[]>
    return inSteps(async () => {
      try {
        return await bounded(this.#call(disposing, DISPOSE_GRACE_MS, late))
      } catch (error) {
        return [
          { lane: this.#options.index, of: 'lane', name: undefined, error: errorToRecord(error) },
        ]
      }
    })
  }

  #fail(cause: unknown): void {
    const fields = { lane: this.#options.index, problem: problemOf(cause) }
    this.#gone.abort(new HeddleError('HEDDLE_LANE_DIED', fields, { cause }))
  }

  /** The data port has been read to its end. The thread's exit, which follows, gives the cause. */
  async #closed(): Promise<void> {
    this.#stopKill?.()
    await bounded(within(EXIT_MS, this.#exited.promise))
    const cause = this.#cause ?? new Error('its port was closed, and its thread has not exited')
    this.#fail(cause)
    if (this.#status !== 'up') return
    this.#status = 'closed'
    this.#control.close()
    this.#options.events.closed(cause)
    await bounded(within(CLOSE_MS, this.#pool.destroy()))
  }
}

/** Waits at most `ms` milliseconds, and goes on then, since a thread may never end. */
function within(ms: number, done: Promise<unknown>): Bounded<unknown> {
  return untilLate(
    systemClock,
    ms,
    done.catch(() => {}),
    () => {},
  )
}

function limitsOf(heapMb: number) {
  return { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB }
}

function specOf(agent: Registrable): AgentSpec {
  if (agent.kind === 'reference') return agent.spec
  const { type, definition, config } = agent
  const module = definition.module as string // closure agents never run on a thread
  return { type, definedAs: definition.type, module, config, configChecked: true }
}
