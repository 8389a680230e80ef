/**
 * The runs of conversations that requests have begun.
 *
 * Owns: each run's events, while they are kept, and the message that it writes for an interface.
 * Invariant: a run goes on to its end, whoever reads it.
 */
import { randomUUID } from 'node:crypto'
import type { RunItem, RunOptions, TaskResult } from '../agentchat/runs/task.ts'
import type { Team } from '../agentchat/teams/team.ts'
import { toUIMessageStream } from '../ai-sdk/ui-stream.ts'
import type { Runtime } from '../runtime/local-runtime.ts'
import type { EventLog, EventLogs } from './event-log.ts'
import { problemOf, publicTextOf, refusal } from './problem.ts'
import { UILog } from './ui-log.ts'

/** A run under way, or one that has ended a while ago. */
export interface LiveRun {
  /** Distinguishes it in all processes. */
  readonly id: string
  readonly log: EventLog
}

export interface RunLimits {
  /** The most runs at once. */
  readonly most: number
  /** The most bytes of a message for an interface. */
  readonly messageBytes: number
}

export class LiveRuns {
  readonly #runtime: Runtime
  readonly #logs: EventLogs
  readonly #limits: RunLimits
  readonly #runs = new Map<string, LiveRun>()
  /** By conversation: the id of the newest run. */
  readonly #newest = new Map<string, string>()
  readonly #messages = new Map<string, UILog>()
  #underWay = 0

  constructor(runtime: Runtime, logs: EventLogs, limits: RunLimits) {
    this.#runtime = runtime
    this.#logs = logs
    this.#limits = limits
  }

  /** The run of this id, or the newest one of the conversation. */
  find(team: Team, key: string, id?: string): LiveRun | undefined {
    return this.#runs.get(id ?? this.#newest.get(nameOf(team, key)) ?? '')
  }

  /** The message that the conversation is writing, for an interface that comes back. */
  message(team: Team, key: string): UILog | undefined {
    const message = this.#messages.get(nameOf(team, key))
    return message?.canReplay === true ? message : undefined
  }

  /**
   * Begins a run, and resolves when it has begun. Rejects as `run` of a conversation does, with
   * HEDDLE_HTTP_REFUSED.
   */
  async begin(
    team: Team,
    key: string,
    options: RunOptions,
  ): Promise<{ readonly run: LiveRun; readonly result: Promise<TaskResult> }> {
    const { run, items, ended } = this.#open(team, key, options)
    const begun = Promise.withResolvers<void>()
    const follow = async () => {
      let last: RunItem | undefined
      for await (const item of items) {
        last = item
        begun.resolve()
      }
      return last as TaskResult
    }
    const result = follow()
    result.then(() => ended(), ended)
    result.catch(begun.reject)
    await begun.promise
    return { run, result }
  }

  /** The same for an interface of the AI SDK. A run that can't begin is told in its stream. */
  beginMessage(team: Team, key: string, options: RunOptions): UILog {
    const name = nameOf(team, key)
    const { items, ended } = this.#open(team, key, options)
    const message = new UILog(this.#limits.messageBytes)
    this.#messages.set(name, message)
    const follow = async () => {
      const chunks = toUIMessageStream(items, { ifReaderLeaves: 'go-on' })
      for await (const chunk of chunks) message.push(chunk)
    }
    const over = (error?: unknown) => {
      message.end()
      if (this.#messages.get(name) === message) this.#messages.delete(name)
      ended(error)
    }
    follow().then(() => over(), over)
    return message
  }

  /** A run that is about to begin, whose items become events as they are read. */
  #open(team: Team, key: string, options: RunOptions) {
    if (this.#underWay >= this.#limits.most) {
      throw refusal(503, `${this.#limits.most} runs are under way already`)
    }
    const name = nameOf(team, key)
    const run: LiveRun = { id: randomUUID(), log: this.#logs.open() }
    const conversation = team.conversation(this.#runtime, key)
    const items = tapped(conversation.runStream(options), (item) =>
      run.log.push(publicTextOf(item)),
    )
    this.#underWay += 1
    this.#runs.set(run.id, run)
    this.#newest.set(name, run.id)
    const ended = (error?: unknown) => {
      this.#underWay -= 1
      if (error !== undefined) run.log.push(publicTextOf(problemOf(error)), 'problem')
      run.log.end(() => {
        this.#runs.delete(run.id)
        if (this.#newest.get(name) === run.id) this.#newest.delete(name)
      })
    }
    return { run, items, ended }
  }
}

async function* tapped<T>(items: AsyncIterable<T>, tap: (item: T) => void): AsyncIterable<T> {
  for await (const item of items) {
    tap(item)
    yield item
  }
}

function nameOf({ name }: Team, key: string): string {
  return `${name}/${key}`
}
