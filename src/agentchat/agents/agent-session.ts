/**
 * A chat agent that runs alone, without a team.
 *
 * Owns: the agent's state and history between runs.
 * Invariants: D3, one run at a time; D5, a run that fails or is cancelled leaves no trace in what
 * the agent keeps.
 */
import { HeddleError } from '../../errors.ts'
import { copyOf, frozenCopy, type Plain } from '../../messages/plain.ts'
import { addUsage, NO_USAGE, type Usage } from '../../models/model.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { refuseState } from '../messages/refusal.ts'
import { withUnfinished } from '../messages/unfinished.ts'
import { RunLine } from '../runs/run-line.ts'
import { answersOf, checkRun, signalOf } from '../runs/run-options.ts'
import { lastOf, streamOf } from '../runs/run-stream.ts'
import {
  type ChatStopReason,
  cancelledBy,
  type InputRequest,
  messagesOfTask,
  type RunItem,
  type RunOptions,
  type TaskResult,
} from '../runs/task.ts'
import { takeTurn } from './agent-turn.ts'
import type { AskedTeam, InnerAnswer } from './asking.ts'
import type { ChatAgent } from './chat-agent.ts'
import { ListHistory } from './history.ts'
import { answered, LoneAsks, type LoneSuspended, requestsOf } from './lone-asks.ts'
import { LoneRun } from './lone-run.ts'
import { PresentRun } from './present-run.ts'
import { Purse } from './purse.ts'
import { checkSavedAgent, type SavedAgent } from './saved-agent.ts'
import type { TurnPlace } from './turn-context.ts'

const NO_LIMIT = { tokens: null, toolCalls: null }

export class AgentSession {
  readonly #agent: Pick<ChatAgent, 'name' | 'produces' | 'respond' | 'limit' | 'turnTimeoutMs'>
  #history = new ListHistory()
  #state: Record<string, Plain> = {}
  #ids = 0
  #waiting: readonly ChatMessage[] | undefined
  /** What the agent has asked, if it waits for an answer. */
  #asked: InputRequest | undefined
  /** The turn that waits for teams which it has asked, and these for a human. */
  #suspended: LoneSuspended | undefined
  readonly #teams: LoneAsks
  readonly #line = new RunLine()
  /** The run under way. */
  #present: PresentRun | undefined

  /** `teams`: those that it asks, by the name that it knows them by. */
  constructor(
    agent: Pick<ChatAgent, 'name' | 'produces' | 'respond' | 'limit' | 'turnTimeoutMs'>,
    teams: () => ReadonlyMap<string, AskedTeam>,
  ) {
    this.#agent = agent
    this.#teams = new LoneAsks(agent.name, teams)
  }

  get #name(): string {
    return this.#agent.name
  }

  run(options: RunOptions): Promise<TaskResult> {
    return lastOf(this.runStream(options), 'result')
  }

  runStream(options: RunOptions): AsyncIterable<RunItem> {
    return streamOf((show, until) => this.#run(options, show, until), signalOf(options))
  }

  reset(): void {
    this.#assertIdle()
    this.#history = new ListHistory()
    this.#state = {}
    this.#waiting = undefined
    this.#asked = undefined
    this.#suspended = undefined
    this.#teams.load({})
  }

  save(): SavedAgent {
    this.#assertIdle()
    const state = copyOf(this.#state, refuseState)
    const waiting = this.#waiting ?? null
    const history = this.#history.read()
    const own = { version: 1 as const, history, state, ids: this.#ids, waiting }
    const teams = this.#teams.save()
    const asks = { suspended: this.#suspended ?? null, teams }
    return { ...own, asked: this.#asked ?? null, ...(Object.keys(teams).length > 0 && asks) }
  }

  load(saved: SavedAgent): void {
    this.#assertIdle()
    checkSavedAgent(saved)
    const { history, state, ids, waiting, asked, suspended = null, teams = {} } = saved
    const refuse = (problem: string) => new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem })
    const kept = copyOf(state, refuse)
    this.#teams.load(teams)
    this.#suspended = (suspended ?? undefined) as LoneSuspended | undefined
    this.#history = new ListHistory(frozenCopy(history, refuse))
    this.#state = kept
    this.#ids = ids
    this.#waiting = waiting ?? undefined
    const unnamed = { id: `${this.#name}#${ids}`, source: this.#name, prompt: '' }
    this.#asked = asked ?? (waiting === null ? undefined : unnamed)
  }

  async #run(
    given: RunOptions,
    show: (item: RunItem) => void,
    signal: AbortSignal,
  ): Promise<TaskResult> {
    const options = checkRun(given)
    const { ifBusy = 'refuse' } = options
    let hasPlace = false
    while (this.#line.isBusy && !hasPlace) {
      if (ifBusy === 'steer' && options.task !== undefined) {
        const task = messagesOfTask(options.task, () => this.#nextId())
        const result = await this.#present?.steer(task)
        if (result !== undefined) return result
        continue // that run has ended, and perhaps another one has begun
      }
      if (ifBusy === 'interrupt') this.#present?.interrupt()
      else if (ifBusy !== 'wait') this.#assertIdle()
      hasPlace = await this.#line.wait(ifBusy === 'wait' ? 'waits' : 'interrupts', signal)
      if (!hasPlace) return resultOf([], cancelledBy(signal), NO_USAGE)
    }
    if (!hasPlace) this.#line.take()
    const present = new PresentRun()
    this.#present = present
    if (this.#line.isPressed) present.interrupt()
    const until = AbortSignal.any([signal, present.interrupted])
    try {
      return await present.follow(this.#runNow(options, show, until, present))
    } finally {
      this.#present = undefined
      this.#line.leave()
    }
  }

  async #runNow(
    options: RunOptions,
    show: (item: RunItem) => void,
    signal: AbortSignal,
    present: PresentRun,
  ): Promise<TaskResult> {
    const answers = answersOf(options.input, this.#requests)
    const task = messagesOfTask(options.task, () => this.#nextId())
    if (task.length > 0) this.#dropSuspended()
    const takeBack = this.#history.mark()
    const state = copyOf(this.#state, refuseState)
    const teams = this.#teams.save()
    const giveUp = (stopReason: ChatStopReason, usage = NO_USAGE) => {
      takeBack()
      this.#state = state
      this.#teams.load(teams)
      return resultOf(task, stopReason, usage)
    }
    let hasShown = false
    const lone = new LoneRun(this.#name, this.#agent.turnTimeoutMs)
    try {
      for (const message of task) show(message)
      signal.throwIfAborted()
      const showOwn = (item: RunItem) => {
        show(item)
        hasShown = true
      }
      const outside = { show: showOwn, signal, news: () => present.read(show), lone }
      const end = await this.#respondTo(task, Object.fromEntries(answers), outside)
      const { outcome, usage, messages, suspended } = end
      if (outcome.kind === 'failed') return giveUp(outcome.reason, usage)
      const isWaiting = outcome.kind === 'input'
      this.#waiting = isWaiting ? messages : undefined
      this.#asked = isWaiting && suspended === undefined ? outcome.requests[0] : undefined
      this.#suspended = suspended
      this.#state = copyOf(this.#state, refuseState) // the agent may still hold a reference to it
      const source = this.#name
      if (outcome.kind === 'message') {
        const text = `${source} has answered`
        const said = [...task, ...present.heard, outcome.message]
        const reason = withUnfinished({ kind: 'completed' as const, text }, outcome.message)
        return resultOf(said, reason, usage)
      }
      const { requests } = outcome
      const text = requests.map((one) => `${one.source} asks: ${one.prompt}`).join('; ')
      return resultOf(task, { kind: 'input', text, requests }, usage)
    } catch (error) {
      if (!signal.aborted) throw error
      if (hasShown) show({ kind: 'retracted', source: this.#name })
      return giveUp(cancelledBy(signal))
    } finally {
      lone.end()
    }
  }

  /** Another task has come: the turn that waits has not been. */
  #dropSuspended(): void {
    if (this.#suspended === undefined) return
    const { length, state } = this.#suspended.before
    this.#history.cut(length)
    this.#state = copyOf(state, refuseState)
    this.#suspended = undefined
  }

  /** What humans are asked: by the agent, or by the teams that it has asked. */
  get #requests(): readonly InputRequest[] {
    if (this.#suspended !== undefined) return requestsOf(this.#suspended)
    return this.#asked === undefined ? [] : [this.#asked]
  }

  /** Calls the agent, and the teams that it asks, until it has answered or a human must. */
  async #respondTo(
    task: readonly ChatMessage[],
    answers: Readonly<Record<string, string>>,
    outside: Outside,
  ) {
    const { show, signal } = outside
    let usage = NO_USAGE
    let suspended = this.#suspended
    const before = { length: this.#history.length, state: copyOf(this.#state, refuseState) }
    const messages = suspended?.messages ?? [...(this.#waiting ?? []), ...task]
    const input = Object.values(answers)[0]
    for (;;) {
      if (suspended !== undefined) {
        const asked = await this.#teams.goOn(suspended, answers, show, signal)
        usage = addUsage(usage, asked.usage)
        suspended = asked
        const requests = requestsOf(asked)
        if (requests.length > 0) {
          return { outcome: { kind: 'input' as const, requests }, usage, messages, suspended }
        }
      }
      const given = suspended === undefined ? { input } : { answered: answered(suspended) }
      const { outcome, usage: used } = await this.#turn(messages, given, outside)
      usage = addUsage(usage, used)
      if (outcome.kind !== 'asks') return { outcome, usage, messages, suspended: undefined }
      const asks = outcome.asks.map((ask) => ({ ...ask, end: null }))
      suspended = { before, ...suspended, messages, asks }
    }
  }

  async #turn(
    messages: readonly ChatMessage[],
    { input, answered: given }: { input?: string | undefined; answered?: readonly InnerAnswer[] },
    { show, signal, news, lone }: Outside,
  ) {
    const { name, produces, limit } = this.#agent
    const { ending, effect, end } = lone.begin(signal)
    const respond: ChatAgent['respond'] = (heard, context) => {
      return lone.run(async () => this.#agent.respond(heard, context))
    }
    const turn = takeTurn({ name, produces, respond }, messages, {
      key: this.#name,
      turnId: `${this.#name}:${messages.at(-1)?.id ?? this.#ids}`,
      news,
      effect,
      history: this.#history,
      state: this.#state,
      show,
      input,
      ...(given && { answered: given }),
      mayAsk: (name) => this.#teams.mayAsk(name),
      purse: new Purse(NO_LIMIT),
      signal: () => ending,
      ending,
      throwIfCancelled: () => signal.throwIfAborted(),
      nextId: () => this.#nextId(),
      withLimit: async (work) => {
        if (limit === undefined) return work()
        throw new HeddleError('HEDDLE_UNKNOWN_LIMIT', { limit, known: [] }) // there is no runtime
      },
    })
    return turn.finally(end)
  }

  #nextId(): string {
    return `${this.#name}#${++this.#ids}`
  }

  #assertIdle(): void {
    if (!this.#line.isBusy) return
    throw new HeddleError('HEDDLE_ALREADY_RUNNING', { what: `the chat agent '${this.#name}'` })
  }
}

/** What a turn shows, hears and is ended by. */
interface Outside extends Pick<TurnPlace, 'news'> {
  readonly show: (item: RunItem) => void
  readonly signal: AbortSignal
  readonly lone: LoneRun
}

function resultOf(
  messages: readonly ChatMessage[],
  stopReason: ChatStopReason,
  usage: Usage,
): TaskResult {
  return { kind: 'result', messages, stopReason, usage }
}
