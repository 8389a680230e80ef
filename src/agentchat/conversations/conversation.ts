/**
 * One conversation of a team, on a runtime: runs, pauses and saves it.
 *
 * Owns: that one caller at a time runs the conversation in this process; the timers of its run.
 * Does not own: what was said, and who speaks next. The manager in the runtime does.
 */
import { randomUUID } from 'node:crypto'
import { currentTurn, outsideTurns } from '../../agents/turn-context.ts'
import { HeddleError, isHeddleError } from '../../errors.ts'
import type { Runtime } from '../../runtime/local-runtime.ts'
import type { TaskHandle } from '../../runtime/task-handle.ts'
import { setAlarms } from '../machine/alarms.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { RunLine } from '../runs/run-line.ts'
import { answersOf, checkRun, noAnswers, signalOf } from '../runs/run-options.ts'
import { streamOf } from '../runs/run-stream.ts'
import {
  type ChatStopReason,
  cancelledBy,
  INTERRUPTED,
  messagesOfTask,
  type RunItem,
  type RunOptions,
  type TaskResult,
} from '../runs/task.ts'
import { ControlledRun, type Show } from './controlled-run.ts'
import { loadTeam, savedIn } from './kept-conversation.ts'
import { KeptRun } from './kept-run.ts'
import { assertAlarms, type TeamMember } from './members.ts'
import { nothingSaid } from './run-end.ts'
import {
  checkSavedConversation,
  type SavedConversation,
  type SavedTeam,
} from './saved-conversation.ts'
import type { EndedRun } from './team-protocol.ts'

/** The name of the method that runs a conversation for a turn. */
export const RUN_FOR: unique symbol = Symbol('heddle.run-for')

/** One conversation of a team: made by `team.conversation(runtime, key)`. */
export class Conversation {
  readonly key: string
  readonly #member: TeamMember
  readonly #runtime: () => Promise<Runtime>
  #run: ControlledRun | undefined
  /** What the run under way will give. */
  #result: Promise<TaskResult> | undefined
  readonly #line = new RunLine()
  /** The task of a run that was interrupted before it had begun: the next one says it as well. */
  #unsaid: readonly ChatMessage[] = []
  /** Resolves when the manager has kept how the last run was ended. */
  #kept: Promise<unknown> = Promise.resolve()
  /** How the last run was ended, if something outside ended it. */
  #ended: EndedRun | null = null
  /** Distinguishes this object, for the manager, from another one with the same key. */
  readonly #owner = randomUUID()
  #isRegistered = false
  /** Whether its runtime was found to have stopped. */
  #isOver = false

  constructor(member: TeamMember, runtime: () => Promise<Runtime>, key: string) {
    this.#member = member
    this.#runtime = runtime
    this.key = key
  }

  /**
   * Runs the conversation to its next stop reason: with a task from the start, without one from
   * where it was cut. An error in the run is its stop reason. Rejects with HEDDLE_INVALID_TASK,
   * HEDDLE_INVALID_OPTION, HEDDLE_ALREADY_RUNNING, HEDDLE_INSIDE_TURN, HEDDLE_STOPPED,
   * HEDDLE_UNKNOWN_AGENT (the team's agents are not registered), HEDDLE_INVALID_TEAM (the alarms of
   * its condition are not times). Where the runtime does not accept the run, it rejects as
   * `publish` does: HEDDLE_BOUND_REACHED, HEDDLE_NO_LANES, HEDDLE_INTERVENTION_FAILED.
   */
  run(options: RunOptions = {}): Promise<TaskResult> {
    return this.#told('run', () => this.#start(options, () => {}, false, signalOf(options)))
  }

  /**
   * As `run`. `began` hears of each task of the run; an error that it throws ends the run.
   *
   * @internal
   */
  [RUN_FOR](options: RunOptions, began: (task: TaskHandle) => void): Promise<TaskResult> {
    const start = () => this.#start(options, () => {}, false, signalOf(options), began)
    return this.#told('run', start)
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
   * Forgets everything but the highest number that its ids have had: no id comes twice. Rejects
   * with HEDDLE_ALREADY_RUNNING, HEDDLE_INSIDE_TURN, HEDDLE_STOPPED.
   */
  reset(): Promise<void> {
    return this.#told('reset', () => {
      this.#assertIdle()
      return this.#load(null)
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
      await this.#run.pause()
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
      await this.#run?.look({ stopAsked: true, atMs: 0 })
    })
  }

  /**
   * Everything that is kept of the conversation, also after its runtime has stopped. A run under
   * way can be saved once it is paused and nobody speaks any more. Rejects with
   * HEDDLE_ALREADY_RUNNING, HEDDLE_INSIDE_TURN.
   */
  saveState(): Promise<SavedConversation> {
    return this.#told('saveState', async () => {
      if (this.#run?.gate.isClosed === false) throw this.#isRunning()
      await this.#run?.gate.still
      await this.#kept
      return savedIn(await this.#runtime(), this.#member, this.key)
    })
  }

  /**
   * Rejects with HEDDLE_ALREADY_RUNNING, HEDDLE_INVALID_SNAPSHOT, HEDDLE_INSIDE_TURN,
   * HEDDLE_STOPPED.
   */
  loadState(saved: SavedConversation): Promise<void> {
    return this.#told('loadState', () => {
      this.#assertIdle()
      checkSavedConversation(this.#member, saved)
      return this.#load(saved)
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

  async #load(saved: SavedTeam | null) {
    const runtime = await this.#runtime()
    const isLoaded = await loadTeam(runtime, this.#member, this.key, saved, this.#owner)
    if (!isLoaded) throw this.#isRunning()
  }

  async #start(
    given: RunOptions,
    show: Show,
    watched: boolean,
    signal?: AbortSignal,
    began?: (task: TaskHandle) => void,
  ): Promise<TaskResult> {
    const options = checkRun(given)
    const messages = messagesOfTask(options.task, () => '')
    const { ifBusy = this.#member.plan.ifBusy } = options
    while (this.#line.isBusy) {
      if (ifBusy === 'steer' && messages.length > 0) {
        const result = await this.#steer(messages, show, watched, signal)
        if (result !== undefined) return result
        continue // that run has ended, and perhaps another one has begun
      }
      if (ifBusy !== 'wait' && ifBusy !== 'interrupt') throw this.#isRunning()
      if (ifBusy === 'interrupt') this.#run?.end(interrupted())
      const isNext = await this.#line.wait(ifBusy === 'wait' ? 'waits' : 'interrupts', signal)
      if (!isNext) return nothingSaid(cancelledBy(signal as AbortSignal))
      return this.#runInPlace({ options, messages, show, watched, signal, began })
    }
    this.#line.take()
    return this.#runInPlace({ options, messages, show, watched, signal, began })
  }

  /** Makes a task part of the run under way. Undefined: that has ended before. */
  async #steer(
    task: readonly ChatMessage[],
    show: Show,
    watched: boolean,
    signal: AbortSignal | undefined,
  ): Promise<TaskResult | undefined> {
    const run = this.#run
    const result = this.#result
    // the next one in the line has its place, and is about to begin
    if (run === undefined || result === undefined) return void (await undefined)
    const messages = task.map((one) => (one.id === '' ? { ...one, id: randomUUID() } : one))
    const abort = () => run.end(cancelledBy(signal as AbortSignal))
    signal?.addEventListener('abort', abort, { once: true })
    const shown = new Set<string>()
    const stopShowing = run.alsoShow((item) => {
      if ('id' in item) shown.add(item.id)
      show(item)
    })
    try {
      if (signal?.aborted) abort()
      if (!(await run.steer(messages, watched))) {
        await result.catch(() => {}) // its own caller hears of that
        return undefined
      }
      const given = await result
      const at = given.messages.findIndex(({ id }) => id === messages[0]?.id)
      // of a run that nobody watched before, what those say who were asked before
      for (const one of given.messages.slice(at)) if (!shown.has(one.id)) show(one)
      return given
    } finally {
      stopShowing()
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Runs in the place that the call has in the line, and gives it up. */
  async #runInPlace(call: Call): Promise<TaskResult> {
    const over = Promise.withResolvers<TaskResult>()
    over.promise.catch(() => {}) // the call itself rejects
    this.#result = over.promise
    try {
      const result = await this.#runNow(call)
      over.resolve(result)
      return result
    } catch (error) {
      over.reject(error)
      throw error
    } finally {
      this.#result = undefined
      this.#line.leave()
    }
  }

  async #runNow({ options, messages: own, show, watched, signal, began }: Call) {
    const { key } = this
    const owner = this.#owner
    const run = new ControlledRun({ member: this.#member, key, runtime: this.#runtime, began })
    const abort = () => run.end(cancelledBy(signal as AbortSignal))
    const messages = own.length > 0 ? [...this.#unsaid, ...own] : own
    if (own.length > 0) this.#unsaid = []
    if (this.#line.isPressed) run.end(interrupted())
    let stopAlarms = () => {}
    this.#run = run
    try {
      const { plan, clock } = this.#member
      assertAlarms(this.#member)
      stopAlarms = setAlarms(plan, clock, (atMs) => {
        run.look({ stopAsked: false, atMs }).catch(() => {}) // the runtime has stopped
      })
      signal?.addEventListener('abort', abort, { once: true })
      if (signal?.aborted) return nothingSaid(cancelledBy(signal))
      this.#assertRegistered(await this.#runtime())
      const input = options.input === undefined ? {} : await this.#answers(options)
      const after = this.#ended
      const result = await run.follow({ messages, input, owner, watched, after }, show)
      if (result === undefined) throw this.#isRunning()
      if (isInterrupted(result) && result.messages.length === 0) this.#unsaid = messages
      return result
    } finally {
      this.#run = undefined
      this.#kept = run.kept
      this.#ended = run.ended
      run.gate.end()
      signal?.removeEventListener('abort', abort)
      stopAlarms() // last: a user's clock may throw
    }
  }

  /** The answers by request id. A task begins from the start: it drops the requests before it. */
  async #answers({ input, task }: RunOptions): Promise<Readonly<Record<string, string>>> {
    if (task !== undefined) return noAnswers(input)
    await this.#kept
    const kept = new KeptRun(await this.#runtime(), this.#member, this.key)
    return Object.fromEntries(answersOf(input, kept.openRequests))
  }

  get #name(): string {
    return `the conversation '${this.key}' of the team '${this.#member.plan.name}'`
  }

  /** Otherwise the task would become a dead letter. */
  #assertRegistered(runtime: Runtime): void {
    if (this.#isRegistered) return
    const known = runtime.agents().map(({ type }) => type)
    const agent = this.#member.type
    if (!known.includes(agent)) throw new HeddleError('HEDDLE_UNKNOWN_AGENT', { agent, known })
    this.#isRegistered = true
  }

  #assertIdle(): void {
    if (this.#line.isBusy) throw this.#isRunning()
  }

  #isRunning(): HeddleError<'HEDDLE_ALREADY_RUNNING'> {
    return new HeddleError('HEDDLE_ALREADY_RUNNING', { what: this.#name })
  }
}

/** A call of `run`, checked. */
interface Call {
  readonly options: RunOptions
  readonly messages: readonly ChatMessage[]
  readonly show: Show
  readonly watched: boolean
  readonly signal: AbortSignal | undefined
  readonly began: ((task: TaskHandle) => void) | undefined
}

function interrupted(): ChatStopReason {
  return cancelledBy(AbortSignal.abort(INTERRUPTED))
}

function isInterrupted({ stopReason }: TaskResult): boolean {
  return stopReason.kind === 'cancelled' && stopReason.reason === INTERRUPTED
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
