/** A task as its starter sees it: its events, its end, and the means to cancel it. */
import { Readable } from 'node:stream'
import { outsideTurns } from '../agents/turn-context.ts'
import { reasonText } from '../json-text.ts'
import { handOut } from '../messages/frozen.ts'
import type { Task, TaskEnd, TaskEvent, TaskWatcher } from '../router/ledger/task.ts'

/** A task to watch and to cancel: what `runtime.run` returns. */
export interface TaskHandle {
  /**
   * What its turns emit, as it comes; ends with the task. Kept until it is read, so read it or
   * don't emit much.
   */
  readonly events: AsyncIterable<TaskEvent>
  /**
   * Resolves when nothing of the task is in flight any more. Never rejects: the reason says how it
   * ended.
   */
  readonly ended: Promise<TaskEnd>
  /**
   * Ends it: what waits is never run, what runs is aborted and commits nothing. `ended` tells when
   * that is done.
   */
  cancel(reason?: string): void
}

/** The two sides of a task: what the router tells, and what its starter holds. */
export function watchTask(cancel: (task: Task, reason: string) => void) {
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
    // Whatever it is: it crosses to a lane, which would wait for a record that could not be posted.
    cancel: (reason: unknown = 'by its starter') => cancel(task, reasonText(reason)),
  })
  return { watcher, handleOf }
}
