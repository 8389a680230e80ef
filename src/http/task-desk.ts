/**
 * Tasks that requests have begun.
 *
 * Owns: each task's events and its end, while they are kept.
 */
import { randomUUID } from 'node:crypto'
import type { TaskHandle } from '../runtime/task-handle.ts'
import type { EventLog, EventLogs } from './event-log.ts'
import { publicTextOf, refusal } from './problem.ts'

export interface KnownTask {
  readonly id: string
  readonly log: EventLog
  readonly handle: TaskHandle
  /** How it has ended, as data; undefined while it is under way. */
  end: unknown
}

export class TaskDesk {
  readonly #logs: EventLogs
  readonly #most: number
  readonly #tasks = new Map<string, KnownTask>()
  #underWay = 0

  constructor(logs: EventLogs, most: number) {
    this.#logs = logs
    this.#most = most
  }

  find(id: string): KnownTask | undefined {
    return this.#tasks.get(id)
  }

  /** Rejects as `start` does, and with HEDDLE_HTTP_REFUSED. */
  async begin(start: () => Promise<TaskHandle>): Promise<KnownTask> {
    if (this.#underWay >= this.#most) {
      throw refusal(503, `${this.#most} tasks are under way already`)
    }
    this.#underWay += 1
    try {
      const handle = await start()
      const task = { id: randomUUID(), log: this.#logs.open(), handle, end: undefined }
      this.#tasks.set(task.id, task)
      void this.#follow(task)
      return task
    } catch (error) {
      this.#underWay -= 1
      throw error
    }
  }

  /** The stream of a task never fails. */
  async #follow(task: KnownTask): Promise<void> {
    for await (const event of task.handle.events) task.log.push(publicTextOf(event))
    task.end = await task.handle.ended
    this.#underWay -= 1
    task.log.push(publicTextOf(task.end), 'ended')
    task.log.end(() => this.#tasks.delete(task.id))
  }
}
