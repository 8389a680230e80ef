/**
 * One run of a conversation as its caller outside holds it: followed from pause to pause, and ended
 * whenever something outside ends it.
 *
 * Owns: why the run ends, where that is decided outside; whether it should pause; the alarms of the
 * runs that are part of it.
 * Does not own: what is said, and how the run ends by itself. The manager in the runtime does.
 * Invariant: no control waits for a turn. A run is ended by cancelling its tasks, and what it gives
 * is read from what was committed; its manager is informed by a message, which comes before all
 * later ones.
 */
import { randomUUID } from 'node:crypto'
import { HeddleError, isHeddleError } from '../../errors.ts'
import type { Message } from '../../messages/message.ts'
import type { StopReason } from '../../router/ledger/endings.ts'
import { RUN_UNHELD, type Runtime } from '../../runtime/local-runtime.ts'
import { CANCEL_PART, type TaskHandle } from '../../runtime/task-handle.ts'
import { setAlarms } from '../machine/alarms.ts'
import type { Looking } from '../machine/team-plan.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { failure } from '../runs/failure.ts'
import type { ChatStopReason, RunItem, TaskResult } from '../runs/task.ts'
import { KeptRun } from './kept-run.ts'
import { allMembers, isWithin, type TeamMember } from './members.ts'
import { PauseGate } from './pause-gate.ts'
import { nothingSaid, reasonOf } from './run-end.ts'
import { Begin, Cut, type EndedRun, GoOn, Pause, type RunBegan, Steer } from './team-protocol.ts'

export type Show = (item: RunItem) => void

export interface RunParts {
  readonly member: TeamMember
  /** The conversation. */
  readonly key: string
  readonly runtime: () => Promise<Runtime>
  /** Hears of each of its tasks. An error that it throws ends the run. */
  readonly began?: ((task: TaskHandle) => void) | undefined
}

export class ControlledRun {
  readonly gate = new PauseGate()
  readonly #parts: RunParts
  readonly #token = randomUUID()
  readonly #beganAt: number
  /** Its present tasks: none while it waits for room, or for the next one. */
  readonly #tasks = new Set<TaskHandle>()
  readonly #shows = new Set<Show>()
  /** Resolves when it was accepted, or has ended before. */
  readonly #begun = Promise.withResolvers<void>()
  /** The ends of the tasks that its alarms and its callers have added. */
  readonly #others: Promise<StopReason | undefined>[] = []
  /** Whether an alarm has ended a run that is part of it. */
  #hasCut = false
  /** Resolve when all parts of it know that it pauses. */
  readonly #pauses: Promise<unknown>[] = []
  /** Cancels the alarms of the runs that are part of it, by the key of each. */
  readonly #alarms = new Map<string, () => void>()
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
    this.#beganAt = parts.member.clock.wallNow()
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
    shown: Show,
  ): Promise<TaskResult | undefined> {
    const runtime = await this.#parts.runtime()
    const token = this.#token
    const show = this.#showAll
    this.#shows.add(shown)
    let next: Message = Begin({ ...beginning, token })
    for (;;) {
      const stopReason = await this.#runAll(runtime, next, show)
      if (stopReason === undefined) break
      const kept = this.#read(runtime)
      const isBegun = kept.token === token
      if (isBegun && kept.result !== undefined) return this.#done(kept.result)
      if (this.#reason !== undefined) break
      if (!isBegun && stopReason.kind === 'completed') return undefined
      if (stopReason.kind === 'stopped') throw new HeddleError('HEDDLE_STOPPED', { call: 'run' })
      if (!this.#isUndecided && !(isBegun && this.gate.isClosed)) {
        const { name } = this.#parts.member.plan
        this.#reason = reasonOf(stopReason, name, (agent) => this.#nameOf(agent))
        break
      }
      this.#isUndecided = false
      await Promise.all(this.#pauses.splice(0))
      await this.gate.rest(this.#over.signal)
      if (this.#reason !== undefined) break
      next = GoOn({ token })
    }
    return this.#done(this.#cut(runtime, this.#reason as ChatStopReason))
  }

  /** Shows what happens to another caller as well, until the returned function is called. */
  alsoShow(show: Show): () => void {
    this.#shows.add(show)
    return () => void this.#shows.delete(show)
  }

  /** Tells it more. Returns whether it took that in: it may have ended before. */
  async steer(messages: readonly ChatMessage[], watched: boolean): Promise<boolean> {
    const runtime = await this.#parts.runtime()
    const token = this.#token
    const steer = Steer({ token, messages, isPart: false, watched })
    await this.#begun.promise // the manager hears of it after the run's own beginning
    const telling = this.#runTask(runtime, steer, this.#topic, this.#showAll)
    const told = telling.catch(() => undefined) // the runtime has stopped, or is full
    this.#others.push(told)
    await told
    return this.#read(runtime).holds(messages)
  }

  /** Ends it now, whatever its turns wait for. */
  end(reason: ChatStopReason): void {
    if (this.#isDone || this.#reason !== undefined) return
    this.#reason = reason
    this.#over.abort(new Error(reason.text)) // which cancels its tasks
    this.gate.end()
  }

  /** Ends it if an alarm of its condition or its budget, or the wish that it stops, does so. */
  async look(looking: Looking): Promise<void> {
    const runtime = await this.#parts.runtime()
    if (this.#isOver) return
    const run = { token: this.#token, beganAt: this.#beganAt }
    const reason = await this.#read(runtime).look(looking, run, this.#parts.member.clock)
    if (reason !== undefined) this.end(reason)
  }

  /** Lets nobody begin from now on. A flow that decides now is asked again when it goes on. */
  async pause(): Promise<void> {
    this.gate.close()
    const runtime = await this.#parts.runtime()
    if (this.#tasks.size > 0) await this.#pause(runtime)
  }

  readonly #showAll: Show = (item) => {
    for (const show of this.#shows) show(item)
  }

  get #isOver(): boolean {
    return this.#isDone || this.#reason !== undefined
  }

  /**
   * Runs its next task, and the tasks that its alarms add meanwhile, until nothing of it is under
   * way. Undefined: it was ended while it waited for room, or its runtime took nothing more of it.
   */
  async #runAll(runtime: Runtime, message: Message, show: Show): Promise<StopReason | undefined> {
    const first = await this.#runTask(runtime, message, this.#topic, show)
    if (first === undefined) return undefined
    const reasons = [first]
    while (this.#others.length > 0) reasons.push((await this.#others.shift()) ?? first)
    const failed = reasons.find(({ kind }) => {
      // an alarm has withdrawn what was under way of the run that it has ended
      return kind !== 'completed' && !(this.#hasCut && kind === 'withdrawn')
    })
    return failed ?? { kind: 'completed' }
  }

  /** Undefined: as in `#runAll`. */
  async #runTask(
    runtime: Runtime,
    message: Message,
    topic: Topic,
    show: Show,
  ): Promise<StopReason | undefined> {
    const task = await this.#start(runtime, message, topic)
    if (task === undefined) return undefined
    for await (const event of task.events) {
      if (event.kind === 'retracted')
        show({ kind: 'retracted', source: this.#memberOf(event.agent)?.name ?? '' })
      else if (isRunBegan(event.event)) this.#setAlarms(runtime, event.agent, event.event, show)
      else show(event.event as RunItem)
    }
    const { stopReason } = await task.ended
    this.#tasks.delete(task)
    return stopReason
  }

  async #start(runtime: Runtime, message: Message, topic: Topic): Promise<TaskHandle | undefined> {
    try {
      const { signal } = this.#over
      // only what a caller outside begins waits while the runtime is full
      const isHeld = message.name === Begin.name && this.#parts.began === undefined
      const task = isHeld
        ? await runtime.run(message, topic, { signal })
        : await runtime[RUN_UNHELD](message, topic, { signal })
      this.#tasks.add(task)
      try {
        this.#parts.began?.(task)
      } catch (error) {
        this.end(failure(this.#parts.member.plan.name, error))
      }
      if (message.name === Begin.name) this.#begun.resolve()
      // asked for while it waited for room; what steers lets nobody begin
      if (this.gate.isClosed && message.name !== Steer.name) await this.#pause(runtime)
      return task
    } catch (error) {
      this.#begun.resolve()
      if (this.#reason !== undefined) return undefined
      if (this.#read(runtime).token !== this.#token || isHeddleError(error, 'HEDDLE_STOPPED')) {
        throw error // it has not begun, or nothing can keep how it ends
      }
      this.#reason = failure(this.#parts.member.plan.name, error)
      return undefined
    }
  }

  async #pause(runtime: Runtime): Promise<void> {
    if (this.#isOver || !this.gate.isClosed) return
    const token = this.#token
    const kept = this.#read(runtime)
    const isBegun = kept.token === token
    if (isBegun) {
      for (const { type, key } of kept.undecided) {
        this.#isUndecided = true
        for (const task of this.#tasks) {
          task[CANCEL_PART]('its run pauses', (...agent) => agent[0] === type && agent[1] === key)
        }
      }
    }
    const { signal } = this.#over
    // all levels at once: one after the other, a speaker below could begin before it hears of it
    const runs = isBegun ? kept.underWay : [{ token, topic: this.#topic }]
    const pausing = runs.map(({ token, topic }) =>
      runtime[RUN_UNHELD](Pause({ token }), topic, { signal }),
    )
    for (const task of await Promise.all(pausing)) this.#pauses.push(task.ended)
  }

  /** Sets the alarms of a run that is part of it; they end that run alone. */
  #setAlarms(runtime: Runtime, agent: string, began: RunBegan, show: Show): void {
    const { key, token, elapsedMs } = began
    const member = this.#memberOf(agent)
    if (member?.kind !== 'team' || this.#isOver) return
    this.#alarms.get(key)?.()
    const ring = (atMs: number) => {
      const cutting = this.#cutPart(runtime, member, { key, token }, atMs, show)
      this.#others.push(cutting.catch(() => undefined)) // the runtime has stopped
    }
    this.#alarms.set(key, setAlarms(member.plan, member.clock, ring, elapsedMs))
  }

  /** Ends a run that is part of it, if an alarm does so. The part above hears of that. */
  async #cutPart(
    runtime: Runtime,
    member: TeamMember,
    { key, token }: Pick<RunBegan, 'key' | 'token'>,
    atMs: number,
    show: Show,
  ): Promise<StopReason | undefined> {
    const kept = new KeptRun(runtime, member, key)
    if (this.#isOver || kept.token !== token) return undefined
    const looking = { stopAsked: false, atMs }
    const reason = await kept.look(looking, { token, beganAt: 0 }, member.clock)
    if (this.#isOver || reason === undefined) return undefined
    this.#hasCut = true
    for (const task of this.#tasks) {
      task[CANCEL_PART](reason.text, (...agent) => isWithin(member, key, ...agent))
    }
    const topic = { type: member.type, source: key }
    return this.#runTask(runtime, Cut({ token, reason, tells: true }), topic, show)
  }

  /** What it gives when it was ended from outside. */
  #cut(runtime: Runtime, reason: ChatStopReason): TaskResult {
    const token = this.#token
    const kept = this.#read(runtime)
    if (kept.token !== token) return nothingSaid(reason)
    this.#ended = { token, reason }
    this.#kept = runtime[RUN_UNHELD](Cut(this.#ended), this.#topic).then(
      ({ ended }) => ended,
      () => {}, // the runtime has stopped: the next run says it again
    )
    return kept.resultOf(reason)
  }

  #done(result: TaskResult): TaskResult {
    this.#isDone = true
    this.#begun.resolve()
    for (const stop of this.#alarms.values()) stop()
    return result
  }

  /** What its manager has committed by now. */
  #read(runtime: Runtime): KeptRun {
    return new KeptRun(runtime, this.#parts.member, this.#parts.key)
  }

  get #topic(): Topic {
    return { type: this.#parts.member.type, source: this.#parts.key }
  }

  /** The name of an agent in the run: its path, or the team's name. */
  #nameOf(agent: string): string {
    const member = this.#memberOf(agent)
    if (member === undefined) return agent.slice(0, agent.indexOf('/'))
    return member.path === '' ? member.name : member.path
  }

  #memberOf(agent: string) {
    const type = agent.slice(0, agent.indexOf('/'))
    return allMembers(this.#parts.member).find((member) => member.type === type)
  }
}

interface Topic {
  readonly type: string
  readonly source: string
}

function isRunBegan(event: unknown): event is RunBegan {
  return Object(event).kind === 'heddle.run-began'
}
