/**
 * A chat agent that runs alone, without a team.
 *
 * Owns: what it keeps from run to run. Invariants: D3, one run at a time; D5, a run that fails or is cancelled leaves nothing of itself in
 * what the agent keeps.
 */
import { HeddleError } from '../errors.ts'
import { NO_USAGE, type Usage } from '../models/model.ts'
import { takeTurn } from './agent-turn.ts'
import type { ChatAgentOptions } from './chat-agent.ts'
import { ListHistory } from './history.ts'
import type { ChatMessage } from './messages.ts'
import { copyOf, frozenCopy, type Plain } from './plain.ts'
import { Purse } from './purse.ts'
import { lastOf, streamOf } from './run-stream.ts'
import { checkSavedAgent, type SavedAgent } from './saved-agent.ts'
import {
  type ChatStopReason,
  cancelledBy,
  messagesOfTask,
  type RunItem,
  type RunOptions,
  type TaskResult,
} from './task.ts'

const NO_LIMIT = { tokens: null, toolCalls: null }

export class AgentSession {
  readonly #name: string
  readonly #respond: ChatAgentOptions['respond']
  #history = new ListHistory()
  #state: Record<string, Plain> = {}
  #ids = 0
  #waiting: readonly ChatMessage[] | undefined
  #isRunning = false

  constructor(name: string, respond: ChatAgentOptions['respond']) {
    this.#name = name
    this.#respond = respond
  }

  run(options: RunOptions): Promise<TaskResult> {
    return lastOf(this.runStream(options), 'result')
  }

  runStream({ signal, ...options }: RunOptions): AsyncIterable<RunItem> {
    return streamOf((show, until) => this.#run(options, show, until), signal)
  }

  reset(): void {
    this.#assertIdle()
    this.#history = new ListHistory()
    this.#state = {}
    this.#waiting = undefined
  }

  save(): SavedAgent {
    this.#assertIdle()
    const state = copyOf(this.#state)
    const waiting = this.#waiting ?? null
    return { version: 1, history: this.#history.read(), state, ids: this.#ids, waiting }
  }

  load(saved: SavedAgent): void {
    this.#assertIdle()
    checkSavedAgent(saved)
    const { history, state, ids, waiting } = saved
    const refuse = (problem: string) => new HeddleError('HEDDLE_INVALID_SNAPSHOT', { problem })
    const kept = copyOf(state, refuse)
    this.#history = new ListHistory(frozenCopy(history, refuse))
    this.#state = kept
    this.#ids = ids
    this.#waiting = waiting ?? undefined
  }

  async #run(options: RunOptions, show: (item: RunItem) => void, signal: AbortSignal) {
    const task = messagesOfTask(options.task, () => this.#nextId())
    this.#assertIdle()
    this.#isRunning = true
    const takeBack = this.#history.mark()
    const state = copyOf(this.#state)
    const giveUp = (stopReason: ChatStopReason, usage = NO_USAGE) => {
      takeBack()
      this.#state = state
      return resultOf(task, stopReason, usage)
    }
    try {
      for (const message of task) show(message)
      signal.throwIfAborted()
      const messages = [...(this.#waiting ?? []), ...task]
      const { outcome, usage } = await this.#turn(messages, options.input, show, signal)
      if (outcome.kind === 'failed') return giveUp(outcome.reason, usage)
      this.#waiting = outcome.kind === 'input' ? messages : undefined
      this.#state = copyOf(this.#state) // the agent may still have a hand on it
      const source = this.#name
      if (outcome.kind === 'message') {
        const text = `${source} has answered`
        return resultOf([...task, outcome.message], { kind: 'completed', text }, usage)
      }
      const { request } = outcome
      const text = `${source} asks: ${request.prompt}`
      return resultOf(task, { kind: 'input', text, requests: [request] }, usage)
    } catch (error) {
      if (signal.aborted) return giveUp(cancelledBy(signal))
      throw error
    } finally {
      this.#isRunning = false
    }
  }

  #turn(
    messages: readonly ChatMessage[],
    input: RunOptions['input'],
    show: (item: RunItem) => void,
    signal: AbortSignal,
  ) {
    const agent = { name: this.#name, respond: this.#respond }
    return takeTurn(agent, messages, {
      ...{ key: this.#name, history: this.#history, state: this.#state, show },
      input: typeof input === 'object' ? Object.values(input)[0] : input,
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
