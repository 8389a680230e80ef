/**
 * The items of a run as chunks of one message of a user interface.
 *
 * Owns: where its steps begin and end.
 * Invariant: a step ends only when all who have shown something in it have ended their turns, since
 * nothing of an earlier step can be taken back.
 */

import type { ChatMessage } from '../agentchat/messages/chat-message.ts'
import type { ChatStopReason, RunItem, TaskResult } from '../agentchat/runs/task.ts'
import { errorFromRecord } from '../errors.ts'
import type { ErrorText } from './ui-errors.ts'
import type { Chunk, UIStopReason } from './ui-message.ts'
import { type Shared, Speaker } from './ui-speaker.ts'
import { Step } from './ui-step.ts'

export interface UIRunOptions {
  readonly messageId: string | undefined
  readonly messageMetadata: (result: TaskResult) => unknown
  readonly errorText: ErrorText
  readonly show: (item: RunItem) => boolean
}

export class UIRun {
  readonly #options: UIRunOptions
  readonly #step = new Step()
  readonly #speakers = new Map<string, Speaker>()
  readonly #shared: Shared
  readonly #callIds = new Set<string>()
  /** The ids of the messages of each agent. */
  readonly #said = new Map<string, Set<string>>()
  #ids = 0
  /** The teams of which a step is under way, with its speakers; the outermost comes first. */
  readonly #speaking = new Map<string, readonly string[]>()
  #isOver = false

  constructor(options: UIRunOptions) {
    this.#options = options
    this.#shared = {
      step: this.#step,
      nextId: () => String(++this.#ids),
      callId: (id) => this.#callId(id),
      errorText: options.errorText,
    }
  }

  get isOver(): boolean {
    return this.#isOver
  }

  begin(): readonly Chunk[] {
    const { messageId } = this.#options
    this.#step.send({ type: 'start', ...(messageId !== undefined && { messageId }) })
    this.#step.begin()
    return this.#step.take()
  }

  add(item: RunItem): readonly Chunk[] {
    if (item.kind === 'result') this.#result(item)
    else if (item.kind === 'speakers') this.#next(item.source, item.names)
    else if (item.kind === 'retracted') this.#retract(item.source)
    else if (this.#options.show(item)) {
      const speaker = this.#speaker(item.source)
      if (!('id' in item)) speaker.event(item)
      else if (this.#isNew(item)) speaker.message(item)
    }
    return this.#step.take()
  }

  /** The run has failed outside of its agents. */
  fail(error: unknown): readonly Chunk[] {
    this.#end()
    this.#step.send({ type: 'error', errorText: this.#options.errorText(error, 'the run') })
    this.#step.send({ type: 'finish', finishReason: 'error' })
    return this.#step.take()
  }

  /**
   * Not what the user says, which the interface shows by itself, and nothing twice: a flow that
   * runs again repeats what it has its agents say, and that is not retracted under their names.
   */
  #isNew({ id, source }: ChatMessage): boolean {
    const said = this.#said.get(source) ?? new Set()
    this.#said.set(source, said)
    if (source === 'user' || said.has(id)) return false
    said.add(id)
    return true
  }

  #speaker(agent: string): Speaker {
    const known = this.#speakers.get(agent)
    if (known !== undefined) return known
    const speaker = new Speaker(agent, this.#shared)
    this.#speakers.set(agent, speaker)
    return speaker
  }

  #callId(id: string): string {
    let own = id
    for (let at = 2; this.#callIds.has(own); at++) own = `${id}~${at}`
    this.#callIds.add(own)
    return own
  }

  /** A team names who speaks next: its speakers before have ended their turns. */
  #next(team: string, names: readonly string[]): void {
    const shown = this.#step.agents
    // an agent that runs alone, and has asked a team: its turn is the run
    if (this.#speaking.size === 0 && shown.length > 0) this.#speaking.set('', shown)
    const [outermost] = this.#speaking.keys()
    if (team === outermost) this.#speaking.clear()
    this.#speaking.delete(team)
    const inTurn = [...this.#speaking.values()].flat()
    if (shown.length > 0 && !shown.some((agent) => inTurn.includes(agent))) {
      this.#endSpeakers()
      this.#step.end()
      this.#step.begin()
    }
    this.#speaking.set(team, names)
    this.#step.send({ type: 'data-speakers', data: { team, names }, transient: true })
  }

  #retract(agent: string): void {
    for (const id of this.#speakers.get(agent)?.callIds ?? []) this.#callIds.delete(id)
    this.#speakers.delete(agent)
    this.#said.delete(agent)
    this.#step.retract(agent)
  }

  #endSpeakers(): void {
    for (const speaker of this.#speakers.values()) speaker.end()
    this.#speakers.clear()
  }

  #end(): void {
    this.#isOver = true
    this.#endSpeakers()
    this.#step.end()
  }

  /** `useChat` reads nothing after an error, so what the message is to keep comes before it. */
  #result(result: TaskResult): void {
    const { stopReason } = result
    const messageMetadata = this.#options.messageMetadata(result)
    this.#end()
    const { kind } = stopReason
    if (kind !== 'cancelled' && kind !== 'failed') {
      const said = messageMetadata === undefined ? {} : { messageMetadata }
      const finishReason = unfinishedIn(result) ?? FINISHES[kind]
      return this.#step.send({ type: 'finish', finishReason, ...said })
    }
    if (messageMetadata !== undefined)
      this.#step.send({ type: 'message-metadata', messageMetadata })
    if (kind === 'cancelled') return this.#step.send({ type: 'abort', reason: stopReason.reason })
    const errorText = this.#options.errorText(errorFromRecord(stopReason.error), stopReason.source)
    this.#step.send({ type: 'error', errorText })
    this.#step.send({ type: 'finish', finishReason: 'error' })
  }
}

const FINISHES = {
  completed: 'stop',
  condition: 'stop',
  stopped: 'stop',
  input: 'other',
  budget: 'length',
  stalled: 'other',
  'no-progress': 'other',
} as const

/** How the last message of a run is not whole. */
export function unfinishedIn({ messages }: TaskResult): ChatMessage['finish'] {
  return messages.at(-1)?.finish
}

/**
 * Without what a browser must not see: the error of a failure, and the sentence that has its words.
 */
export function uiStopReason(reason: ChatStopReason): UIStopReason {
  return reason.kind === 'failed' ? { kind: 'failed', source: reason.source } : reason
}
