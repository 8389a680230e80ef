/**
 * One conversation of a team, on a runtime: where it is run, paused, saved.
 *
 * Owns: that it is run by one caller at a time, in this process; the timers of its run. Does not own: what was said, and who
 * speaks next: that is the manager's, in the runtime.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { HeddleError, isHeddleError } from '../errors.ts'
import type { AgentId } from '../ids/agent-id.ts'
import { reasonText } from '../json-text.ts'
import type { Request } from '../messages/message.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { TaskHandle } from '../runtime/task-handle.ts'
import { setAlarms } from './alarms.ts'
import { speakerType } from './manager-agent.ts'
import { PauseGate } from './pause-gate.ts'
import { nothingSaid, reasonOf } from './run-end.ts'
import { answersOf, checkRun, signalOf } from './run-options.ts'
import { streamOf } from './run-stream.ts'
import type { SavedAgent } from './saved-agent.ts'
import { checkSavedConversation, type SavedConversation } from './saved-conversation.ts'
import {
  cancelledBy,
  messagesOfTask,
  type RunItem,
  type RunOptions,
  type TaskResult,
} from './task.ts'
import type { Looking, TeamPlan } from './team-plan.ts'
import {
  Begin,
  GoOn,
  LoadManager,
  LoadSpeaker,
  Look,
  OpenRequests,
  Pause,
  type RunStatus,
  type SavedManager,
  SaveManager,
  SaveSpeaker,
  Settle,
} from './team-protocol.ts'

const SETTLE_ATTEMPTS = 3

type Show = (item: RunItem) => void

interface Run {
  readonly token: string
  task: TaskHandle | undefined
  /** Settles when its manager is to begin it: what it is told from then on comes after that. */
  readonly begun: PromiseWithResolvers<void>
  readonly gate: PauseGate
}

/** One conversation of a team: made by `team.conversation(runtime, key)`. */
export class Conversation {
  readonly key: string
  readonly #plan: TeamPlan
  readonly #runtime: () => Promise<Runtime>
  readonly #clock: Clock
  #run: Run | undefined
  /** By which its manager knows it from another of the same key. */
  readonly #owner = randomUUID()
  #isRegistered = false

  constructor(plan: TeamPlan, runtime: () => Promise<Runtime>, key: string, clock: Clock) {
    this.#plan = plan
    this.#runtime = runtime
    this.key = key
    this.#clock = clock
  }

  /**
   * Runs it to its next stop reason: with a task afresh, without one from where it was cut. What goes wrong in the run is its stop reason.
   * Rejects with HEDDLE_INVALID_TASK, HEDDLE_INVALID_OPTION, HEDDLE_ALREADY_RUNNING, HEDDLE_STOPPED, HEDDLE_UNKNOWN_AGENT (the team's agents are not registered).
   */
  run(options: RunOptions = {}): Promise<TaskResult> {
    return this.#start(options, () => {}, false, signalOf(options))
  }

  /** The same as it happens: messages, events, and last the result. Whoever stops reading cancels the run. */
  runStream(options: RunOptions = {}): AsyncIterable<RunItem> {
    return streamOf((show, until) => this.#start(options, show, true, until), signalOf(options))
  }

  /** Forgets all. Rejects with HEDDLE_ALREADY_RUNNING. */
  async reset(): Promise<void> {
    this.#assertIdle()
    await this.#load(null, {})
  }

  /** Lets those who speak finish, and nobody begin. Resolves at once; the run goes on by `resume`. */
  async pause(): Promise<void> {
    if (this.#run === undefined) return
    const { gate, begun } = this.#run
    gate.close()
    await begun.promise
    await this.#ask(Pause())
  }

  /** A paused run goes on. */
  resume(): void {
    this.#run?.gate.open()
  }

  /** Ends the run, turns under way included, with the stop reason `stopped`, or with a condition that looks for it. */
  async stop(): Promise<void> {
    if (this.#run !== undefined) await this.#look(this.#run, { stopAsked: true, atMs: 0 })
  }

  /** All that is kept of the conversation. Of a run under way, once it is paused and nobody speaks any more. Rejects with HEDDLE_ALREADY_RUNNING. */
  async saveState(): Promise<SavedConversation> {
    if (this.#run?.gate.isClosed === false) throw this.#isRunning()
    await this.#run?.gate.still
    const runtime = await this.#runtime()
    const { name: team, flow, speakers } = this.#plan
    const manager = await this.#ask(SaveManager())
    const saved = await Promise.all(
      speakers.map(async ({ name }) => {
        return [name, await ask(runtime, SaveSpeaker(), this.#speaker(name))] as const
      }),
    )
    return { version: 1, team, flow: flow.kind, manager, speakers: Object.fromEntries(saved) }
  }

  /** Rejects with HEDDLE_ALREADY_RUNNING, HEDDLE_INVALID_SNAPSHOT. */
  async loadState(saved: SavedConversation): Promise<void> {
    this.#assertIdle()
    checkSavedConversation(this.#plan, saved)
    await this.#load(saved.manager, saved.speakers)
  }

  async #load(saved: SavedManager | null, speakers: Readonly<Record<string, SavedAgent>>) {
    const runtime = await this.#runtime()
    const isLoaded = await this.#ask(LoadManager({ saved, owner: this.#owner }))
    if (!isLoaded) throw this.#isRunning()
    for (const { name } of this.#plan.speakers) {
      await runtime.send(LoadSpeaker(speakers[name] ?? null), this.#speaker(name))
    }
  }

  async #start(given: RunOptions, show: Show, watched: boolean, signal?: AbortSignal) {
    const options = checkRun(given)
    const messages = messagesOfTask(options.task, () => '')
    this.#assertIdle()
    const begun = Promise.withResolvers<void>()
    const run: Run = { token: randomUUID(), task: undefined, begun, gate: new PauseGate() }
    this.#run = run
    const look = (atMs: number) => void this.#look(run, { stopAsked: false, atMs })
    const stopAlarms = setAlarms(this.#plan, this.#clock, look)
    try {
      if (signal?.aborted) return nothingSaid(cancelledBy(signal))
      const runtime = await this.#runtime()
      this.#assertRegistered(runtime)
      const input = options.input === undefined ? {} : await this.#answers(options)
      const topic = { type: this.#plan.name, source: this.key }
      const owner = this.#owner
      const beginning = { messages, input, token: run.token, owner, watched }
      let task = await runtime.run(Begin(beginning), topic)
      run.task = task
      begun.resolve()
      for (;;) {
        const status = await this.#follow(run, task, show, signal)
        if (status.kind === 'ended') return status.result
        await run.gate.rest(signal)
        if (signal?.aborted) {
          const reason = cancelledBy(signal)
          await this.#settle({ token: run.token, reason, paused: 'ends' })
        }
        task = await runtime.run(GoOn(), topic)
      }
    } finally {
      begun.resolve()
      run.gate.end()
      stopAlarms()
      this.#run = undefined
    }
  }

  /** By request id. A task begins afresh: it drops what was asked before. */
  async #answers({ input, task }: RunOptions): Promise<Readonly<Record<string, string>>> {
    const open = task === undefined ? await this.#ask(OpenRequests()) : []
    return Object.fromEntries(answersOf(input, open))
  }

  /** Shows what happens until nothing of the run is under way, and finds out how it stands. */
  async #follow(
    run: Run,
    task: TaskHandle,
    show: Show,
    signal: AbortSignal | undefined,
  ): Promise<Extract<RunStatus, { readonly kind: 'ended' | 'paused' }>> {
    run.task = task
    const cancel = () => task.cancel(reasonText(signal?.reason))
    signal?.addEventListener('abort', cancel, { once: true })
    if (signal?.aborted) cancel()
    for await (const event of task.events) {
      if (event.kind === 'emitted') show(event.event as RunItem)
      else show({ kind: 'retracted', source: this.#nameOf(event.agent) })
    }
    const { stopReason } = await task.ended
    signal?.removeEventListener('abort', cancel)
    const reason = signal?.aborted ? cancelledBy(signal) : reasonOf(stopReason, this.#plan.name)
    const status = await this.#settle({ token: run.token, reason, paused: 'stays' })
    if (status.kind !== 'none') return status
    if (stopReason.kind === 'completed') throw this.#isRunning() // its manager has not begun it
    return { kind: 'ended', result: nothingSaid(reason) }
  }

  /** Asked anew where lanes died under it: the run's end must not be lost with them. */
  async #settle(end: Parameters<typeof Settle>[0]): Promise<RunStatus> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask(Settle(end))
      } catch (error) {
        const isOver = attempt === SETTLE_ATTEMPTS || !isHeddleError(error, 'HEDDLE_POISON')
        if (isOver) throw error
      }
    }
  }

  async #look(run: Run, looking: Looking): Promise<void> {
    await run.begun.promise
    const hasEnded = await this.#ask(Look({ ...looking, token: run.token })).catch(() => false)
    if (!hasEnded) return
    run.task?.cancel('its run has ended')
    run.gate.end()
  }

  async #ask<R>(request: Request<string, unknown, R>): Promise<R> {
    const runtime = await this.#runtime()
    return ask(runtime, request, { type: this.#plan.name, key: this.key })
  }

  /** Who stands behind an agent id: a speaker, or the team. */
  #nameOf(agent: string): string {
    const type = agent.slice(0, agent.indexOf('/'))
    return (
      this.#plan.speakers.find(({ name }) => type === speakerType(this.#plan.name, name))?.name ??
      type
    )
  }

  #speaker(name: string) {
    return { type: speakerType(this.#plan.name, name), key: `${this.key}/${name}` }
  }

  get #name(): string {
    return `the conversation '${this.key}' of the team '${this.#plan.name}'`
  }

  /** Or its task would become a dead letter. */
  #assertRegistered(runtime: Runtime): void {
    if (this.#isRegistered) return
    const known = runtime.agents().map(({ type }) => type)
    const agent = this.#plan.name
    if (!known.includes(agent)) throw new HeddleError('HEDDLE_UNKNOWN_AGENT', { agent, known })
    this.#isRegistered = true
  }

  #assertIdle(): void {
    if (this.#run !== undefined) throw this.#isRunning()
  }

  #isRunning(): HeddleError<'HEDDLE_ALREADY_RUNNING'> {
    return new HeddleError('HEDDLE_ALREADY_RUNNING', { what: this.#name })
  }
}

/** A reply as its schema types it: it is frozen, and nobody here changes it. */
function ask<R>(
  runtime: Runtime,
  request: Request<string, unknown, R>,
  to: AgentId | string,
): Promise<R> {
  return runtime.send<unknown>(request, to) as Promise<R>
}
