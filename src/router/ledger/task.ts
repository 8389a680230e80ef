/** Tasks: all that descends from one message from outside. */
import type { DeadLetterReason, StopReason } from './endings.ts'

/**
 * An event for the watchers of a task. If a turn fails or is lost, `retracted` follows its events.
 */
export type TaskEvent =
  | {
      readonly kind: 'emitted'
      readonly agent: string
      readonly messageId: string
      readonly event: unknown
    }
  | { readonly kind: 'retracted'; readonly agent: string; readonly messageId: string }

/** How a task ended. */
export interface TaskEnd {
  readonly stopReason: StopReason
  /** The total number of deliveries in the task. */
  readonly deliveries: number
}

interface FirstDeadLetter {
  readonly reason: DeadLetterReason
  readonly agent: string | undefined
}

/** A delivery of a task that has not settled, between those that were accepted before and after. */
export interface LiveInTask {
  before: LiveInTask | undefined
  after: LiveInTask | undefined
}

/** The router's record of a task. */
export interface Task {
  readonly id: number
  inFlight: number
  /** Of its deliveries that have not settled, the one that was accepted last. */
  newest: LiveInTask | undefined
  total: number
  deadLetters: number
  firstDeadLetter: FirstDeadLetter | undefined
  /** How many of its deliveries interventions dropped. */
  dropped: number
  firstDrop: string
  /** How many of its deliveries were cancelled while the task as a whole was not. */
  withdrawn: number
  firstWithdrawal: string
  cancelled: string | undefined
  limit: { readonly limit: 'depth' | 'total'; readonly value: number } | undefined
  stopped: boolean
  /** How many turns wait for it. */
  awaited: number
  watcher: TaskWatcher | undefined
}

export interface TaskWatcher {
  event(event: TaskEvent): void
  ended(end: TaskEnd): void
}

export class Tasks {
  #made = 0

  create(watcher?: TaskWatcher): Task {
    return {
      id: ++this.#made,
      inFlight: 0,
      newest: undefined,
      total: 0,
      deadLetters: 0,
      firstDeadLetter: undefined,
      dropped: 0,
      firstDrop: '',
      withdrawn: 0,
      firstWithdrawal: '',
      cancelled: undefined,
      awaited: 0,
      limit: undefined,
      stopped: false,
      watcher,
    }
  }
}

export function stopReasonOf(task: Task): StopReason {
  if (task.cancelled !== undefined) return { kind: 'cancelled', reason: task.cancelled }
  if (task.stopped) return { kind: 'stopped' }
  if (task.limit !== undefined) return { kind: 'task-limit', ...task.limit }
  if (task.firstDeadLetter !== undefined) {
    const { reason: first, agent } = task.firstDeadLetter
    return { kind: 'dead-letters', count: task.deadLetters, first, agent }
  }
  if (task.dropped > 0) return { kind: 'dropped', count: task.dropped, first: task.firstDrop }
  if (task.withdrawn > 0) {
    return { kind: 'withdrawn', count: task.withdrawn, first: task.firstWithdrawal }
  }
  return { kind: 'completed' }
}
