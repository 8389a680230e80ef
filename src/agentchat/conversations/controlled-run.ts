/**
 * One run of a conversation as its caller outside holds it: followed from pause to pause, and ended
 * whenever something outside ends it.
 *
 * Owns: why the run ends, where that is decided outside; whether it should pause.
 * Does not own: what is said, and how the run ends by itself. The manager in the runtime does.
 * Invariant: no control waits for a turn. A run is ended by cancelling its task, and what it gives
 * is read from what was committed; its manager is informed by a message, which comes before all
 * later ones.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { HeddleError, isHeddleError } from '../../errors.ts'
import type { Message } from '../../messages/message.ts'
import type { Runtime } from '../../runtime/local-runtime.ts'
import type { TaskHandle } from '../../runtime/task-handle.ts'
import type { Looking, TeamPlan } from '../machine/team-plan.ts'
import { failure } from '../runs/failure.ts'
import type { ChatStopReason, RunItem, TaskResult } from '../runs/task.ts'
import { KeptRun } from './kept-run.ts'
import { PauseGate } from './pause-gate.ts'
import { nothingSaid, reasonOf } from './run-end.ts'
import { Begin, Cut, type EndedRun, GoOn, Pause, speakerType } from './team-protocol.ts'

export type Show = (item: RunItem) => void

export interface RunParts {
  readonly plan: TeamPlan
  /** The conversation. */
  readonly key: string
  readonly clock: Clock
  readonly runtime: () => Promise<Runtime>
}

export class ControlledRun {
  readonly gate = new PauseGate()
  readonly #parts: RunParts
  readonly #token = randomUUID()
  readonly #beganAt: number
  /** Its present task; undefined: it waits for room, or for the next one. */
  #task: TaskHandle | undefined
  /** Why it ends, once something outside has ended it. The first reason stands. */
  #reason: ChatStopReason | undefined
  readonly #over = new AbortController()
  /** Whether it was paused while its flow decided, which is asked again when the run goes on. */
  #isUndecided = false
  /** Whether it has given its result. */
  #isDone = false
  #kept: Promise<unknown> = Promise.resolve()
  #ended: EndedRun | null = null

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#beganAt = parts.clock.wallNow()
  }

  /** Resolves when its manager has kept how it was ended, if something outside ended it. */
  get kept(): Promise<unknown> {
    return this.#kept
  }

  /** How it was ended, if something outside ended it. */
  get ended(): EndedRun | null {
    return this.#ended
  }

  /**
   * Runs it to its end. Undefined: its manager has refused it, because another owner's run is under
   * way.
   */
  async follow(
    beginning: Omit<Parameters<typeof Begin>[0], 'token'>,
    show: Show,
  ): Promise<TaskResult | undefined> {
    const runtime = await this.#parts.runtime()
    const token = this.#token
    let next: Message = Begin({ ...beginning, token })
    for (;;) {
      const task = await this.#start(runtime, next)
      if (task === undefined) break
      for await (const event of task.events) {
        if (event.kind === 'emitted') show(event.event as RunItem)
        else show({ kind: 'retracted', source: this.#nameOf(event.agent) })
      }
      const { stopReason } = await task.ended
      const kept = this.#read(runtime)
      const isBegun = kept.token === token
      if (isBegun && kept.result !== undefined) return this.#done(kept.result)
      if (this.#reason !== undefined) break
      if (!isBegun && stopReason.kind === 'completed') return undefined
      if (stopReason.kind === 'stopped') throw new HeddleError('HEDDLE_STOPPED', { call: 'run' })
      if (!this.#isUndecided && !(isBegun && kept.isPaused)) {
        this.#reason = reasonOf(stopReason, this.#parts.plan.name, (agent) => this.#nameOf(agent))
        break
      }
      this.#isUndecided = false
      await this.gate.rest(this.#over.signal)
      if (this.#reason !== undefined) break
      next = GoOn({ token })
    }
    return this.#done(this.#cut(runtime, this.#reason as ChatStopReason))
  }

  /** Ends it now, whatever its turns wait for. */
  end(reason: ChatStopReason): void {
    if (this.#isDone || this.#reason !== undefined) return
    this.#reason = reason
    this.#over.abort(new Error(reason.text)) // which cancels its task
    this.gate.end()
  }

  /** Ends it if an alarm of its condition or its budget, or the wish that it stops, does so. */
  async look(looking: Looking): Promise<void> {
    const runtime = await this.#parts.runtime()
    if (this.#isDone || this.#reason !== undefined) return
    const run = { token: this.#token, beganAt: this.#beganAt }
    const reason = await this.#read(runtime).look(looking, run, this.#parts.clock)
    if (reason !== undefined) this.end(reason)
  }

  /** Lets nobody begin from now on. A flow that decides now is asked again when it goes on. */
  async pause(): Promise<void> {
    this.gate.close()
    const runtime = await this.#parts.runtime()
    if (this.#task !== undefined) await this.#pause(runtime, this.#task)
  }

  /** Undefined: it was ended while it waited for room, or its runtime took nothing more of it. */
  async #start(runtime: Runtime, message: Message): Promise<TaskHandle | undefined> {
    this.#task = undefined
    try {
      const task = await runtime.run(message, this.#topic, { signal: this.#over.signal })
      this.#task = task
      if (this.gate.isClosed) await this.#pause(runtime, task) // asked for while it waited for room
      return task
    } catch (error) {
      if (this.#reason !== undefined) return undefined
      if (this.#read(runtime).token !== this.#token || isHeddleError(error, 'HEDDLE_STOPPED')) {
        throw error // it has not begun, or nothing can keep how it ends
      }
      this.#reason = failure(this.#parts.plan.name, error)
      return undefined
    }
  }

  async #pause(runtime: Runtime, task: TaskHandle): Promise<void> {
    if (this.#isDone || this.#reason !== undefined || !this.gate.isClosed) return
    const token = this.#token
    const kept = this.#read(runtime)
    if (kept.token === token && kept.isUndecided) {
      this.#isUndecided = true
      task.cancel('its run pauses')
    } else await runtime.publish(Pause({ token }), this.#topic)
  }

  /** What it gives when it was ended from outside. */
  #cut(runtime: Runtime, reason: ChatStopReason): TaskResult {
    const token = this.#token
    const kept = this.#read(runtime)
    if (kept.token !== token) return nothingSaid(reason)
    this.#ended = { token, reason }
    this.#kept = runtime.run(Cut(this.#ended), this.#topic).then(
      ({ ended }) => ended,
      () => {}, // the runtime has stopped, or is full: the next run says it again
    )
    return kept.resultOf(reason)
  }

  #done(result: TaskResult): TaskResult {
    this.#isDone = true
    return result
  }

  /** What its manager has committed by now. */
  #read(runtime: Runtime): KeptRun {
    return new KeptRun(runtime, this.#parts.plan, this.#parts.key)
  }

  get #topic() {
    return { type: this.#parts.plan.name, source: this.#parts.key }
  }

  /** The name behind an agent id: a speaker's, or the team's. */
  #nameOf(agent: string): string {
    const { name: team, speakers } = this.#parts.plan
    const type = agent.slice(0, agent.indexOf('/'))
    return speakers.find(({ name }) => type === speakerType(team, name))?.name ?? type
  }
}
