/** A task as its starter sees it: its events, its end, and a way to cancel it. */
import { Readable } from 'node:stream'
import { outsideTurns } from '../agents/turn-context.ts'
import { reasonText } from '../json-text.ts'
import { handOut } from '../messages/frozen.ts'
import type { Task, TaskEnd, TaskEvent, TaskWatcher } from '../router/ledger/task.ts'

/** The name of the method of a task that cancels a part of it. */
export const CANCEL_PART: unique symbol = Symbol('heddle.cancel-part')

type OfAgent = (agent: string, key: string) => boolean

/** The name of the property of a task that has the router's record of it. */
export const TASK: unique symbol = Symbol('heddle.task')

/** A task to watch and to cancel: the result of `runtime.run`. */
export interface TaskHandle {
  /**
   * The events that its turns emit, as they come; ends with the task. Events are kept until they
   * are read, so read them or emit few.
   */
  readonly events: AsyncIterable<TaskEvent>
  /**
   * Resolves when nothing of the task is in flight. Never rejects: its `stopReason` says how the
   * task ended.
   */
  readonly ended: Promise<TaskEnd>
  /**
   * Cancels the task: waiting deliveries never run, and running turns are aborted and commit
   * nothing. `ended` resolves when that is done.
   */
  cancel(reason?: string): void
  /** Cancels those of its deliveries that are for these agents; the rest of the task goes on. */
  [CANCEL_PART](reason: string, of: (agent: string, key: string) => boolean): void
  /** The router's record of it. */
  readonly [TASK]: object
}

/**
 * The two sides of a task: the watcher that the router calls, and the handle that its starter
 * holds.
 */
export function watchTask(cancel: (task: Task, reason: string, of?: OfAgent) => void) {
  const stream = new Readable({ objectMode: true, read: () => {} })
  const { promise: ended, resolve } = Promise.withResolvers<TaskEnd>()
  const watcher: TaskWatcher = {
    event: (event) => {
      if (!stream.destroyed) outsideTurns(() => stream.push(handOut(event)))
    },
    ended: (end) => {
      if (!stream.destroyed) outsideTurns(() => stream.push(null))
      resolve(handOut(end))
    },
  }
  const handleOf = (task: Task): TaskHandle => ({
    events: stream,
    ended,
    // The reason crosses to a lane, which would wait for a record that could not be posted: so it
    // becomes text.
    cancel: (reason: unknown = 'by its starter') => cancel(task, reasonText(reason)),
    [TASK]: task,
    [CANCEL_PART]: (reason, of) => cancel(task, reason, of),
  })
  return { watcher, handleOf }
}
