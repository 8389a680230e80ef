/**
 * Who may run beside whom, in the whole process: by the keys of calls, and by how many calls of a
 * tool run at once.
 *
 * Invariants: a call has the lock of its key before it waits for a place among the calls of its
 * tool, so no two calls wait for each other here. Those that may not run beside each other get
 * their turn in the order in which they came, so none is starved.
 */
import type { ToolMode } from './tool-options.ts'

export interface KeyLock {
  readonly key: string
  readonly mode: ToolMode
}

/** A call that needs locks. */
export interface LockAsk extends LockHolder {
  /** What identifies the tool, for `atMost`. */
  readonly tool: string
  readonly lock: KeyLock | undefined
  readonly atMost: number | undefined
}

/** The call that has a lock, or waits for one. */
export interface LockHolder {
  readonly callId: string
  readonly agent: string
  readonly idempotencyKey: string
}

export interface LockEvents {
  /** The locks are there; also during `ask`. */
  readonly granted: () => void
  /** Called with the calls that it waits for: when it begins to, and when they may have changed. */
  readonly waiting?: (holders: readonly LockHolder[]) => void
}

/** One call in the locks. */
export interface Hold {
  /** Gives the locks back, or ends the wait for them. */
  readonly release: () => void
}

interface Entry {
  readonly ask: LockAsk
  readonly events: LockEvents
  isOver: boolean
}

/** The calls that have a lock, and those that wait for it, in order. */
interface Queue {
  readonly holders: Set<Entry>
  readonly waiters: Set<Entry>
}

export class ToolLocks {
  readonly #keys = new Map<string, Queue>()
  readonly #tools = new Map<string, Queue>()

  /** How many calls have or wait for a lock. */
  get stats(): { readonly held: number; readonly waiting: number } {
    let held = 0
    let waiting = 0
    for (const { holders, waiters } of [...this.#keys.values(), ...this.#tools.values()]) {
      held += holders.size
      waiting += waiters.size
    }
    return { held, waiting }
  }

  /** Whether `ask` would get its locks at once. */
  isFree({ tool, lock, atMost }: LockAsk): boolean {
    const key = lock && this.#keys.get(lock.key)
    const calls = this.#tools.get(tool)
    const others = key === undefined ? [] : [...key.holders, ...key.waiters].map(modeOf)
    const hasKey = !others.some((mode) => excludes(mode, (lock as KeyLock).mode))
    return hasKey && (atMost === undefined || calls === undefined || hasPlace(calls, atMost))
  }

  ask(ask: LockAsk, events: LockEvents): Hold {
    const entry: Entry = { ask, events, isOver: false }
    if (ask.lock === undefined) this.#enterTool(entry)
    else {
      const queue = queueOf(this.#keys, ask.lock.key)
      queue.waiters.add(entry)
      this.#serveKey(queue, entry)
    }
    return { release: () => this.#leave(entry) }
  }

  #serveKey(queue: Queue, newest?: Entry): void {
    const ahead = new Set([...queue.holders].map(modeOf))
    for (const entry of [...queue.waiters]) {
      if (!queue.waiters.has(entry)) continue // it went while another one was served
      const mode = modeOf(entry)
      if ([...ahead].some((other) => excludes(other, mode))) {
        ahead.add(mode)
        if (newest === undefined || entry === newest)
          tellWaiting(entry, queue, (other) => excludes(modeOf(other), mode))
        continue
      }
      ahead.add(mode)
      queue.waiters.delete(entry)
      queue.holders.add(entry)
      this.#enterTool(entry)
    }
  }

  #enterTool(entry: Entry): void {
    const { tool, atMost } = entry.ask
    if (atMost === undefined) return entry.events.granted()
    const queue = queueOf(this.#tools, tool)
    queue.waiters.add(entry)
    this.#serveTool(queue, entry)
  }

  #serveTool(queue: Queue, newest?: Entry): void {
    for (const entry of [...queue.waiters]) {
      if (!queue.waiters.has(entry)) continue
      if (queue.holders.size >= (entry.ask.atMost as number)) {
        if (newest === undefined || entry === newest)
          tellWaiting(entry, queue, (other) => queue.holders.has(other))
        continue
      }
      queue.waiters.delete(entry)
      queue.holders.add(entry)
      entry.events.granted()
    }
  }

  #leave(entry: Entry): void {
    if (entry.isOver) return
    entry.isOver = true
    const { tool, lock } = entry.ask
    const calls = this.#tools.get(tool)
    if (calls !== undefined && removed(calls, entry)) {
      this.#serveTool(calls)
      if (isEmpty(calls)) this.#tools.delete(tool)
    }
    const queue = lock && this.#keys.get(lock.key)
    if (queue !== undefined && removed(queue, entry)) {
      this.#serveKey(queue)
      if (isEmpty(queue)) this.#keys.delete((lock as KeyLock).key)
    }
  }
}

/** The locks of this process. On the main thread alone. */
export const processLocks = new ToolLocks()

function tellWaiting(
  entry: Entry,
  { holders, waiters }: Queue,
  blocks: (other: Entry) => boolean,
): void {
  if (entry.events.waiting === undefined) return
  const ahead = [...holders]
  for (const other of waiters) {
    if (other === entry) break
    ahead.push(other)
  }
  entry.events.waiting(
    ahead.filter(blocks).map(({ ask: { callId, agent, idempotencyKey } }) => {
      return { callId, agent, idempotencyKey }
    }),
  )
}

function queueOf(queues: Map<string, Queue>, name: string): Queue {
  const known = queues.get(name)
  if (known !== undefined) return known
  const queue = { holders: new Set<Entry>(), waiters: new Set<Entry>() }
  queues.set(name, queue)
  return queue
}

function isEmpty({ holders, waiters }: Queue): boolean {
  return holders.size + waiters.size === 0
}

function removed({ holders, waiters }: Queue, entry: Entry): boolean {
  return holders.delete(entry) || waiters.delete(entry)
}

function hasPlace({ holders, waiters }: Queue, atMost: number): boolean {
  return waiters.size === 0 && holders.size < atMost
}

/** A call without a key is excluded by none. */
function modeOf({ ask }: Entry): ToolMode {
  return ask.lock?.mode ?? 'parallel'
}

/** Whether two calls of one key may not run at once. */
function excludes(one: ToolMode, other: ToolMode): boolean {
  return one === 'exclusive' || other === 'exclusive' || (one === 'serial' && other === 'serial')
}
