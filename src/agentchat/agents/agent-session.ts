/**
 * A chat agent that runs alone, without a team.
 *
 * Owns: the agent's state and history between runs.
 * Invariants: D3, one run at a time; D5, a run that fails or is cancelled leaves no trace in what
 * the agent keeps.
 */
import { HeddleError } from '../../errors.ts'
import { NO_USAGE, type Usage } from '../../models/model.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { copyOf, frozenCopy, type Plain } from '../messages/plain.ts'
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
import type { ChatAgentOptions } from './chat-agent.ts'
import { ListHistory } from './history.ts'
import { Purse } from './purse.ts'
import { checkSavedAgent, type SavedAgent } from './saved-agent.ts'

const NO_LIMIT = { tokens: null, toolCalls: null }

export class AgentSession {
  readonly #name: string
  readonly #respond: ChatAgentOptions['respond']
  #history = new ListHistory()
  #state: Record<string, Plain> = {}
  #ids = 0
  #waiting: readonly ChatMessage[] | undefined
  /** What the agent has asked, if it waits for an answer. */
  #asked: InputRequest | undefined
  #isRunning = false

  constructor(name: string, respond: ChatAgentOptions['respond']) {
    this.#name = name
    this.#respond = respond
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
  }

  save(): SavedAgent {
    this.#assertIdle()
    const state = copyOf(this.#state)
    const waiting = this.#waiting ?? null
    const history = this.#history.read()
    return { version: 1, history, state, ids: this.#ids, waiting, asked: this.#asked ?? null }
  }

  load(saved: SavedAgent): void {
    this.#assertIdle()
    checkSavedAgent(saved)
    const { history, state, ids, waiting, asked } = saved
    const refuse = (problem: string) => new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem })
    const kept = copyOf(state, refuse)
    this.#history = new ListHistory(frozenCopy(history, refuse))
    this.#state = kept
    this.#ids = ids
    this.#waiting = waiting ?? undefined
    const unnamed = { id: `${this.#name}#${ids}`, source: this.#name, prompt: '' }
    this.#asked = asked ?? (waiting === null ? undefined : unnamed)
  }

  async #run(given: RunOptions, show: (item: RunItem) => void, signal: AbortSignal) {
    const options = checkRun(given)
    this.#assertIdle()
    const answers = answersOf(options.input, this.#asked === undefined ? [] : [this.#asked])
    const task = messagesOfTask(options.task, () => this.#nextId())
    const takeBack = this.#history.mark()
    const state = copyOf(this.#state)
    const giveUp = (stopReason: ChatStopReason, usage = NO_USAGE) => {
      takeBack()
      this.#state = state
      return resultOf(task, stopReason, usage)
    }
    let hasShown = false
    this.#isRunning = true
    try {
      for (const message of task) show(message)
      signal.throwIfAborted()
      const messages = [...(this.#waiting ?? []), ...task]
      const showOwn = (item: RunItem) => {
        show(item)
        hasShown = true
      }
      const input = [...answers.values()][0]
      const { outcome, usage } = await this.#turn(messages, input, showOwn, signal)
      if (outcome.kind === 'failed') return giveUp(outcome.reason, usage)
      this.#waiting = outcome.kind === 'input' ? messages : undefined
      this.#asked = outcome.kind === 'input' ? outcome.request : undefined
      this.#state = copyOf(this.#state) // the agent may still hold a reference to it
      const source = this.#name
      if (outcome.kind === 'message') {
        const text = `${source} has answered`
        return resultOf([...task, outcome.message], { kind: 'completed', text }, usage)
      }
      const { request } = outcome
      const text = `${source} asks: ${request.prompt}`
      return resultOf(task, { kind: 'input', text, requests: [request] }, usage)
    } catch (error) {
      if (!signal.aborted) throw error
      if (hasShown) show({ kind: 'retracted', source: this.#name })
      return giveUp(cancelledBy(signal))
    } finally {
      this.#isRunning = false
    }
  }

  #turn(
    messages: readonly ChatMessage[],
    input: string | undefined,
    show: (item: RunItem) => void,
    signal: AbortSignal,
  ) {
    const agent = { name: this.#name, respond: this.#respond }
    return takeTurn(agent, messages, {
      key: this.#name,
      history: this.#history,
      state: this.#state,
      show,
      input,
      purse: new Purse(NO_LIMIT),
      signal: () => signal,
      ending: signal,
      throwIfCancelled: () => signal.throwIfAborted(),
      nextId: () => this.#nextId(),
    })
  }

  #nextId(): string {
    return `${this.#name}#${++this.#ids}`
  }

  #assertIdle(): void {
    if (!this.#isRunning) return
    throw new HeddleError('HEDDLE_ALREADY_RUNNING', { what: `the chat agent '${this.#name}'` })
  }
}

function resultOf(
  messages: readonly ChatMessage[],
  stopReason: ChatStopReason,
  usage: Usage,
): TaskResult {
  return { kind: 'result', messages, stopReason, usage }
}
