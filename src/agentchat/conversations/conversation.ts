/**
 * One conversation of a team, on a runtime: runs, pauses and saves it.
 *
 * Owns: that one caller at a time runs the conversation in this process; the timers of its run.
 * Does not own: what was said, and who speaks next. The manager in the runtime does.
 */
import { randomUUID } from 'node:crypto'
import { currentTurn, outsideTurns } from '../../agents/turn-context.ts'
import type { Clock } from '../../clock.ts'
import { HeddleError, isHeddleError } from '../../errors.ts'
import type { AgentId } from '../../ids/agent-id.ts'
import { reasonText } from '../../json-text.ts'
import type { Request } from '../../messages/message.ts'
import type { Runtime } from '../../runtime/local-runtime.ts'
import type { TaskHandle } from '../../runtime/task-handle.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import { setAlarms } from '../machine/alarms.ts'
import type { Looking, TeamPlan } from '../machine/team-plan.ts'
import { answersOf, checkRun, noAnswers, signalOf } from '../runs/run-options.ts'
import { streamOf } from '../runs/run-stream.ts'
import {
  cancelledBy,
  messagesOfTask,
  type RunItem,
  type RunOptions,
  type TaskResult,
} from '../runs/task.ts'
import { speakerType } from './manager-agent.ts'
import { PauseGate } from './pause-gate.ts'
import { nothingSaid, reasonOf } from './run-end.ts'
import { checkSavedConversation, type SavedConversation } from './saved-conversation.ts'
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
  /**
   * Settles when the manager has been asked to begin the run: messages sent from then on arrive
   * after that.
   */
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
  /** Distinguishes this object, for the manager, from another one with the same key. */
  readonly #owner = randomUUID()
  #isRegistered = false
  /** Whether its runtime was found to have stopped. */
  #isOver = false

  constructor(plan: TeamPlan, runtime: () => Promise<Runtime>, key: string, clock: Clock) {
    this.#plan = plan
    this.#runtime = runtime
    this.key = key
    this.#clock = clock
  }

  /**
   * Runs the conversation to its next stop reason: with a task from the start, without one from
   * where it was cut. An error in the run is its stop reason. Rejects with HEDDLE_INVALID_TASK,
   * HEDDLE_INVALID_OPTION, HEDDLE_ALREADY_RUNNING, HEDDLE_INSIDE_TURN, HEDDLE_STOPPED,
   * HEDDLE_UNKNOWN_AGENT (the team's agents are not registered), HEDDLE_INVALID_TEAM (the alarms of
   * its condition are not times).
   */
  run(options: RunOptions = {}): Promise<TaskResult> {
    return this.#told('run', () => this.#start(options, () => {}, false, signalOf(options)))
  }

  /**
   * As `run`, but yields what happens as it happens: messages, events, and last the result. A
   * reader that stops cancels the run.
   */
  runStream(options: RunOptions = {}): AsyncIterable<RunItem> {
    return streamOf(
      (show, until) => this.#told('runStream', () => this.#start(options, show, true, until)),
      signalOf(options),
    )
  }

  /**
   * Forgets everything. Rejects with HEDDLE_ALREADY_RUNNING, HEDDLE_INSIDE_TURN, HEDDLE_STOPPED.
   */
  reset(): Promise<void> {
    return this.#told('reset', () => {
      this.#assertIdle()
      return this.#load(null, {})
    })
  }

  /**
   * Lets the present speakers finish and no others begin. Resolves at once; `resume` lets the run
   * go on. Rejects with HEDDLE_STOPPED, and on a lane with HEDDLE_INSIDE_TURN.
   */
  pause(): Promise<void> {
    return this.#toldAnywhere('pause', async () => {
      if (this.#run === undefined) {
        if (this.#isOver) throw new HeddleError('HEDDLE_STOPPED', { call: 'pause' })
        return
      }
      const { gate, begun } = this.#run
      gate.close()
      await begun.promise
      await this.#ask(Pause())
    })
  }

  /** Lets a paused run go on. Throws HEDDLE_INSIDE_TURN on a lane. */
  resume(): void {
    placeOf('resume')
    this.#run?.gate.open()
  }

  /**
   * Ends the run, including turns under way, with the stop reason `stopped`, or with the condition
   * that looks for it. Within a turn, as in a tool or a flow of the team, the stop is only
   * requested, since the turn is part of what ends. Rejects with HEDDLE_STOPPED, and on a lane with
   * HEDDLE_INSIDE_TURN.
   */
  stop(): Promise<void> {
    return this.#toldAnywhere('stop', async () => {
      const run = this.#run
      if (run === undefined) return
      try {
        await this.#look(run, { stopAsked: true, atMs: 0 })
      } catch (error) {
        // otherwise the run has ended meanwhile, and there is nothing to stop
        if (this.#run === run) throw error
      }
    })
  }

  /**
   * Everything that is kept of the conversation. A run under way can be saved once it is paused and
   * nobody speaks any more. Rejects with HEDDLE_ALREADY_RUNNING, HEDDLE_INSIDE_TURN,
   * HEDDLE_STOPPED.
   */
  saveState(): Promise<SavedConversation> {
    return this.#told('saveState', async () => {
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
      const { kind, shape = null } = flow
      const speaking = Object.fromEntries(saved)
      return { version: 1, team, flow: kind, shape, manager, speakers: speaking }
    })
  }

  /**
   * Rejects with HEDDLE_ALREADY_RUNNING, HEDDLE_INVALID_SNAPSHOT, HEDDLE_INSIDE_TURN,
   * HEDDLE_STOPPED.
   */
  loadState(saved: SavedConversation): Promise<void> {
    return this.#told('loadState', () => {
      this.#assertIdle()
      checkSavedConversation(this.#plan, saved)
      return this.#load(saved.manager, saved.speakers)
    })
  }

  /**
   * A call from outside, for which a turn would wait in vain. Where the runtime has stopped, the
   * error names this call.
   */
  async #told<T>(call: string, work: () => Promise<T>): Promise<T> {
    if (placeOf(call) === 'turn') throw insideTurn(call)
    try {
      return await work()
    } catch (error) {
      if (!isHeddleError(error, 'HEDDLE_STOPPED')) throw error
      this.#isOver = true
      throw new HeddleError('HEDDLE_STOPPED', { call }, { cause: error })
    }
  }

  /**
   * A call that a turn may make as well: there it takes effect when the turn allows, and is not
   * waited for.
   */
  async #toldAnywhere(call: string, work: () => Promise<void>): Promise<void> {
    if (placeOf(call) === 'outside') return this.#told(call, work)
    const asked = outsideTurns(() => this.#told(call, work))
    asked.catch(() => {}) // the conversation's run reports why it can't go on
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
    const look = (atMs: number) => {
      // its run learns of the error elsewhere
      this.#look(run, { stopAsked: false, atMs }).catch(() => {})
    }
    let stopAlarms = () => {}
    this.#run = run
    try {
      stopAlarms = setAlarms(this.#plan, this.#clock, look)
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
      this.#run = undefined
      begun.resolve()
      run.gate.end()
      stopAlarms() // last: a user's clock may throw
    }
  }

  /** The answers by request id. A task begins from the start: it drops the requests before it. */
  async #answers({ input, task }: RunOptions): Promise<Readonly<Record<string, string>>> {
    if (task !== undefined) return noAnswers(input)
    return Object.fromEntries(answersOf(input, await this.#ask(OpenRequests())))
  }

  /** Shows what happens until nothing of the run is under way, and asks for its status. */
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
    // its manager has not begun the run
    if (stopReason.kind === 'completed') throw this.#isRunning()
    return { kind: 'ended', result: nothingSaid(reason) }
  }

  /** Asks again where lanes died during the request: the run's end must not be lost with them. */
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
    if (this.#run !== run) return
    const hasEnded = await this.#ask(Look({ ...looking, token: run.token }))
    if (!hasEnded) return
    run.task?.cancel('its run has ended')
    run.gate.end()
  }

  async #ask<R>(request: Request<string, unknown, R>): Promise<R> {
    const runtime = await this.#runtime()
    return ask(runtime, request, { type: this.#plan.name, key: this.key })
  }

  /** The name behind an agent id: a speaker's, or the team's. */
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

  /** Otherwise the task would become a dead letter. */
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

/**
 * Where a call comes from. Throws HEDDLE_INSIDE_TURN on a lane: a conversation runs on the thread
 * of its runtime, and a lane only has a copy that nobody runs.
 */
function placeOf(call: string): 'outside' | 'turn' {
  const turn = currentTurn()
  if (turn?.isActive !== true) return 'outside'
  if (!turn.isBesideRouter) throw insideTurn(call)
  return 'turn'
}

function insideTurn(call: string): HeddleError {
  return new HeddleError('HEDDLE_INSIDE_TURN', { call, of: 'conversation' })
}

/** A reply as its schema types it: it is frozen, and nobody here changes it. */
function ask<R>(
  runtime: Runtime,
  request: Request<string, unknown, R>,
  to: AgentId | string,
): Promise<R> {
  return runtime.send<unknown>(request, to) as Promise<R>
}
