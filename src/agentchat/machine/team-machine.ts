/**
 * A team's conversation, step by step: it takes in what happened, names the next speakers, and
 * decides how a run ends.
 *
 * Owns: the state and the thread that it is given, while one of its methods runs.
 * Does not own: how, when and where agents speak. Its host calls one method after another.
 * Invariant: all data of a run is in `state.run`, and is replaced together with it.
 */
import { addUsage } from '../../models/model.ts'
import type { FlowContext, Next } from '../flows/flow.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { withUnfinished } from '../messages/unfinished.ts'
import { failure } from '../runs/failure.ts'
import type { ChatStopReason, InputRequest, TaskResult } from '../runs/task.ts'
import { FlowCalls } from './flow-calls.ts'
import { filterMessages } from './message-filter.ts'
import { RunBudget, type RunNews } from './run-budget.ts'
import type {
  Answer,
  Answers,
  Beginning,
  Looking,
  Speak,
  TeamHost,
  TeamPlan,
  ThreadLog,
} from './team-plan.ts'
import {
  isUndecided,
  newRun,
  newTeamState,
  openRequests,
  type RunState,
  type Step,
  silentIn,
  type TeamState,
  unheardIn,
} from './team-state.ts'

export class TeamMachine {
  readonly #plan: TeamPlan
  readonly #state: TeamState
  readonly #thread: ThreadLog
  readonly #host: TeamHost
  readonly #limits: RunBudget
  readonly #flow: FlowCalls

  constructor(plan: TeamPlan, state: TeamState, thread: ThreadLog, host: TeamHost) {
    this.#plan = plan
    this.#state = state
    this.#thread = thread
    this.#host = host
    this.#limits = new RunBudget(plan, host)
    this.#flow = new FlowCalls(plan, state, thread, host)
  }

  /**
   * Begins a run: with a task from the start, without one where the last run was cut. The flow is
   * asked by `decide`, so that a run that is cut while the flow decides has lost nothing.
   */
  async begin({
    messages: given,
    input,
    isPart = false,
    token,
    owner,
  }: Beginning): Promise<Speak[]> {
    const state = this.#state
    const messages = given.map((one) => (one.id === '' ? { ...one, id: this.nextId() } : one))
    const before = state.run
    const asked = openRequests(state.step)
    const isTask = isPart || messages.length > 0
    if (isTask && state.step !== null) this.#takeIn(state.step)
    const goesOn = asked.length > 0 && !isTask && before !== null
    const begins = { token, owner, beganAt: this.#host.now(), from: this.#thread.length }
    state.run = { ...newRun(this.#plan, begins), ...(goesOn && countsOf(before)) }
    if (state.step !== null) {
      takeAnswers(state.step, input)
      return this.#askAgain(state.step, state.run)
    }
    if (!isPart) for (const message of messages) this.#host.emit(message)
    this.#thread.append(messages)
    if (await this.#isMet({ items: messages, isTask: true })) return []
    if (isTask) state.news = { kind: 'task', messages }
    return []
  }

  /** Whether the flow is to decide who speaks next: `decide` asks it. */
  get isUndecided(): boolean {
    return isUndecided(this.#state)
  }

  /** Asks the flow who speaks next, unless the run should pause. */
  async decide(): Promise<Speak[]> {
    const { run, news } = this.#state
    if (run === null || !this.isUndecided) return []
    if (run.isPauseAsked) {
      run.status = 'paused'
      return []
    }
    return this.#ask(news ?? { kind: 'goes-on' })
  }

  /** A speaker has spoken. In a run that was cut meanwhile, the answer is kept for the next. */
  async spoke({ ask, by, outcome, usage, toolCalls, heard }: Answer): Promise<Speak[]> {
    const { step, run } = this.#state
    if (run === null || step?.asks[by] !== ask) return []
    if (heard !== undefined) step.heard[by] = heard
    step.outcomes[by] = outcome
    if (outcome.kind !== 'failed') {
      delete step.answers[by]
      this.#state.forgetful = this.#state.forgetful.filter((name) => name !== by)
    }
    run.usage = addUsage(run.usage, usage)
    run.toolCalls += toolCalls
    if (run.status === 'ended' || silentIn(step).length > 0) return []
    const failed = Object.values(step.outcomes).find((one) => one.kind === 'failed')
    // the others are not asked again when the run goes on
    return failed === undefined
      ? this.#finish(step, run)
      : this.#end(this.#limits.own(run, failed.reason))
  }

  /** Lets a run go on of which nothing is under way: it has paused. */
  async goOn(): Promise<Speak[]> {
    const { run } = this.#state
    return run === null || run.status === 'ended' ? [] : this.takeUp(run.token, {})
  }

  /**
   * Lets the last run go on, however it was cut, as the same run under another token: all that it
   * has counted still counts. Of the messages, it takes in those that are new to it.
   */
  async takeUp(
    token: string,
    input: Answers,
    messages: readonly ChatMessage[] = [],
  ): Promise<Speak[]> {
    const { run: before, step } = this.#state
    if (before === null) return []
    const elapsed = before.status === 'ended' ? 0 : this.#limits.elapsed(before)
    const beganAt = this.#host.now() - elapsed
    const status = 'running' as const
    const run = { ...before, token, beganAt, status, isPauseAsked: false, stopReason: null }
    this.#state.run = run
    await this.steer(messages, true)
    if (step === null || run.stopReason !== null) return []
    takeAnswers(step, input)
    return this.#askAgain(step, run)
  }

  /**
   * Takes in messages for a run under way: `isPart`, as in `begin`. Returns those that were new to
   * it.
   */
  async steer(given: readonly ChatMessage[], isPart: boolean): Promise<readonly ChatMessage[]> {
    const { run } = this.#state
    if (run === null || run.status === 'ended') return []
    const known = new Set(this.#thread.read(run.from).map(({ id }) => id))
    const messages = given.filter(({ id }) => !known.has(id))
    if (!isPart) for (const message of messages) this.#host.emit(message)
    this.#thread.append(messages)
    if (messages.length > 0) await this.#isMet({ items: messages, isTask: true })
    return messages
  }

  /** Notes that a speaker of the present step has been told all that was said. */
  told(name: string): void {
    const { step } = this.#state
    if (step !== null) step.heard[name] = this.#thread.length
  }

  /** What was said since an index, for a speaker that was asked under this number. */
  news(by: string, ask: number, from: number): readonly ChatMessage[] {
    return this.#state.step?.asks[by] === ask ? this.#thread.read(from) : []
  }

  /** Forgets what was said, and lets all speakers forget it when they speak next. */
  forget(): void {
    const { flow, speakers } = this.#plan
    const { asks, ids, calls } = this.#state
    this.#thread.clear()
    const forgetful = speakers.map(({ name }) => name)
    Object.assign(this.#state, newTeamState(flow.initial), { asks, ids, calls, forgetful })
  }

  /** An id for a message of the team itself. */
  nextId(): string {
    return this.#flow.nextId()
  }

  /** The run rests as soon as all who speak have spoken. */
  pause(): void {
    const { run } = this.#state
    if (run?.status === 'running') run.isPauseAsked = true
  }

  /** Checks the time, and what was requested from outside. Returns whether the run has ended. */
  async look({ stopAsked, atMs }: Looking): Promise<boolean> {
    const { run } = this.#state
    if (run === null || run.status === 'ended') return true
    const elapsedMs = Math.max(atMs, this.#limits.elapsed(run))
    if (await this.#isMet({ items: [], isTask: false, stopAsked, elapsedMs })) return true
    const isOver = this.#limits.budget(run, elapsedMs)
    if (isOver !== undefined) this.#end(isOver)
    else if (stopAsked) this.#end({ kind: 'stopped', text: 'it was asked to stop' })
    return run.stopReason !== null
  }

  /** Ends the run from outside, without waiting for what is still under way. */
  cut(reason: ChatStopReason): void {
    if (this.#state.run?.status !== 'ended') this.#end(reason)
  }

  /** The speakers that were asked and have not answered, each with the number of the ask. */
  get unheard(): readonly { readonly name: string; readonly ask: number }[] {
    return unheardIn(this.#state.step)
  }

  get result(): TaskResult | undefined {
    const { run } = this.#state
    if (run === null || run.stopReason === null) return undefined
    const messages = this.#thread.read(run.from)
    return { kind: 'result', messages, stopReason: run.stopReason, usage: run.usage }
  }

  /** Finishes a step: all speakers have spoken or asked a human. */
  async #finish(step: Step, run: RunState): Promise<Speak[]> {
    const requests = openRequests(step)
    if (requests.length > 0) return this.#endForInput(requests)
    const said = this.#takeIn(step)
    run.turns += step.names.length
    const items = step.names.flatMap((name) => {
      const outcome = step.outcomes[name]
      return outcome?.kind === 'message' ? [...outcome.events, outcome.message] : []
    })
    this.#state.news = { kind: 'spoke', messages: said }
    if (await this.#isMet({ items, isTask: false })) return []
    const over = this.#limits.budget(run)
    return over === undefined ? [] : this.#end(over)
  }

  /** Adds what was said to the thread. */
  #takeIn(step: Step): ChatMessage[] {
    const { cursors } = this.#state
    const said: ChatMessage[] = []
    for (const name of step.names) {
      const outcome = step.outcomes[name]
      if (outcome?.kind !== 'message') continue
      said.push(outcome.message)
      cursors[name] = Math.max(step.upTo, step.heard[name] ?? 0)
    }
    this.#thread.append(said)
    this.#state.step = null
    return said
  }

  /** Asks those again that have neither spoken in the step that was cut nor wait for a human. */
  #askAgain(step: Step, run: RunState): Speak[] | Promise<Speak[]> {
    for (const name of step.names)
      if (step.outcomes[name]?.kind === 'failed') delete step.outcomes[name]
    const again = silentIn(step)
    if (again.length === 0) return this.#finish(step, run)
    for (const name of again) step.heard[name] = this.#thread.length
    return again.map((name) => this.#speak(name, step))
  }

  #endForInput(requests: readonly InputRequest[]): Speak[] {
    const text = requests.map(({ source, prompt }) => `${source} asks: ${prompt}`).join('; ')
    return this.#end({ kind: 'input', text, requests })
  }

  async #ask(why: FlowContext['why']): Promise<Speak[]> {
    let next: Next
    try {
      next = await this.#flow.next(why)
    } catch (error) {
      this.#host.signal.throwIfAborted()
      return this.#end(failure(this.#plan.name, error))
    }
    this.#state.news = null
    const { says = [] } = next
    if (next.kind === 'speak' && next.afresh === true) {
      const names = this.#plan.speakers.map(({ name }) => name)
      this.#state.forgetful = names
      for (const name of names) this.#state.cursors[name] = this.#thread.length
    }
    for (const message of says) this.#host.emit(message)
    this.#thread.append(says)
    if (next.kind === 'stop') return this.#end(next.reason)
    if (says.length > 0 && (await this.#isMet({ items: says, isTask: false }))) return []
    return this.#begin(next.names)
  }

  #begin(names: readonly string[]): Speak[] {
    if (names.length === 0) {
      const waiting = this.#plan.speakers.map(({ name }) => name)
      return this.#end({ kind: 'stalled', text: 'nobody is to speak', waiting })
    }
    const { name: source } = this.#plan
    this.#host.emit({ kind: 'speakers', source, names: [...names] })
    const upTo = this.#thread.length
    const about = ++this.#state.asks
    const step: Step = { names, upTo, about, asks: {}, outcomes: {}, answers: {}, heard: {} }
    this.#state.step = step
    return names.map((name) => this.#speak(name, step))
  }

  #speak(to: string, step: Step): Speak {
    const { about, asks, answers } = step
    const upTo = Math.max(step.upTo, step.heard[to] ?? 0)
    const { run, cursors, forgetful } = this.#state
    const filter = this.#plan.filters.get(to)
    const heard = cursors[to] ?? 0
    const from = filter?.scope === 'whole' ? 0 : heard
    const upToNow = this.#thread.read(from).slice(0, upTo - from)
    const others = upToNow.filter(({ source }) => source !== to)
    const chosen = new Set(filter === undefined ? others : filterMessages(filter, others))
    const ask = ++this.#state.asks
    asks[to] = ask
    return {
      to,
      ask,
      about,
      answers: answers[to] ?? {},
      forgets: forgetful.includes(to),
      upTo,
      messages: upToNow.slice(heard - from).filter((one) => chosen.has(one)),
      left: this.#limits.left(run as RunState),
    }
  }

  async #isMet(news: RunNews): Promise<boolean> {
    const reason = await this.#limits.look(this.#state.run as RunState, news)
    if (reason !== undefined) this.#end(reason)
    return reason !== undefined
  }

  #end(reason: ChatStopReason): Speak[] {
    const run = this.#state.run as RunState
    run.status = 'ended'
    run.stopReason = withUnfinished(reason, this.#thread.read(run.from).at(-1))
    return []
  }
}

/** The counts of a run. A run that goes on with a human's answer goes on counting from them. */
function countsOf({ turns, toolCalls, usage, condition }: RunState) {
  return { turns, toolCalls, usage, condition }
}

/** Speakers whose requests are answered, if only in part, are asked again. */
function takeAnswers(step: Step, input: Answers): void {
  for (const [name, outcome] of Object.entries(step.outcomes)) {
    if (outcome.kind !== 'input') continue
    const given = outcome.requests.flatMap(({ id }) => {
      const answer = input[id]
      return answer === undefined ? [] : [[id, answer] as const]
    })
    if (given.length === 0) continue
    step.answers[name] = { ...step.answers[name], ...Object.fromEntries(given) }
    delete step.outcomes[name]
  }
}
