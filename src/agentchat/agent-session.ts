/**
 * A chat agent that runs alone, without a team.
 *
 * Owns: what it keeps from run to run. Invariants: D3, one run at a time; D5, a run that fails or is cancelled leaves nothing of itself in
 * what the agent keeps.
 */
import { errorToRecord, HeddleError, problemOf } from '../errors.ts'
import { addUsage, type ModelMessage, NO_USAGE } from '../models/model.ts'
import type { ChatAgentOptions, ChatContext, Plain, Response } from './chat-agent.ts'
import { ListHistory } from './history.ts'
import type { ChatMessage } from './messages.ts'
import { lastOf, streamOf } from './run-stream.ts'
import {
  type ChatStopReason,
  cancelledBy,
  messagesOfTask,
  type RunItem,
  type RunOptions,
  type TaskResult,
} from './task.ts'

/** What an agent keeps of a conversation: plain data. */
export interface SavedAgent {
  readonly version: 1
  readonly history: readonly ModelMessage[]
  readonly state: Readonly<Record<string, Plain>>
  /** How many ids it has given out. */
  readonly ids: number
  /** What it was shown when it asked for a human's answer, and has not answered yet. */
  readonly waiting: readonly ChatMessage[] | null
}

/** A budget without limits. */
export const FREE_SPENDING = Object.freeze({
  modelCall: () => {},
  toolCall: () => {},
  used: () => {},
})

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
    const state = structuredClone(this.#state)
    const waiting = this.#waiting ?? null
    return { version: 1, history: this.#history.read(), state, ids: this.#ids, waiting }
  }

  load({ history, state, ids, waiting }: SavedAgent): void {
    this.#assertIdle()
    this.#history = new ListHistory(history)
    this.#state = structuredClone(state) as Record<string, Plain>
    this.#ids = ids
    this.#waiting = waiting ?? undefined
  }

  async #run(options: RunOptions, show: (item: RunItem) => void, signal: AbortSignal) {
    const task = messagesOfTask(options.task, () => this.#nextId())
    this.#assertIdle()
    this.#isRunning = true
    const takeBack = this.#history.mark()
    const state = structuredClone(this.#state)
    try {
      for (const message of task) show(message)
      signal.throwIfAborted()
      const messages = [...(this.#waiting ?? []), ...task]
      const input =
        typeof options.input === 'object' ? Object.values(options.input)[0] : options.input
      const response = await this.#respond(messages, this.#context(input, show, signal))
      this.#waiting = response.kind === 'input' ? messages : undefined
      return this.#resultOf(task, response, show)
    } catch (error) {
      takeBack()
      this.#state = state
      return resultOf(task, this.#failure(error, signal))
    } finally {
      this.#isRunning = false
    }
  }

  #resultOf(task: readonly ChatMessage[], response: Response, show: (item: RunItem) => void) {
    const source = this.#name
    if (response.kind === 'input') {
      const request = { id: this.#nextId(), source, prompt: response.prompt }
      show({ kind: 'input-requested', source, requestId: request.id, prompt: request.prompt })
      const text = `${source} asks: ${response.prompt}`
      return resultOf(task, { kind: 'input', text, requests: [request] })
    }
    show(response.message)
    return resultOf([...task, response.message], {
      kind: 'completed',
      text: `${source} has answered`,
    })
  }

  #failure(error: unknown, signal: AbortSignal): ChatStopReason {
    if (signal.aborted) return cancelledBy(signal)
    const text = `${this.#name} failed: ${problemOf(error)}`
    return { kind: 'failed', text, source: this.#name, error: errorToRecord(error) }
  }

  #context(input: string | undefined, emit: ChatContext['emit'], signal: AbortSignal): ChatContext {
    return {
      key: this.#name,
      history: this.#history,
      state: this.#state,
      input,
      signal,
      spending: FREE_SPENDING,
      nextId: () => this.#nextId(),
      emit,
    }
  }

  #nextId(): string {
    return `${this.#name}#${++this.#ids}`
  }

  #assertIdle(): void {
    if (!this.#isRunning) return
    throw new HeddleError('HEDDLE_ALREADY_RUNNING', { what: `the chat agent '${this.#name}'` })
  }
}

function resultOf(messages: readonly ChatMessage[], stopReason: ChatStopReason): TaskResult {
  const usage = messages.reduce(
    (sum, message) => addUsage(sum, message.usage ?? NO_USAGE),
    NO_USAGE,
  )
  return { kind: 'result', messages, stopReason, usage }
}
