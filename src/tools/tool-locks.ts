/**
 * Who may run beside whom, in the whole process: by the keys of calls, and by how many calls of a
 * tool run at once.
 *
 * Invariants: a call has the lock of its key before it waits for a place among the calls of its
 * tool, so no two calls wait for each other here. Those that may not run beside each other get
 * their turn in the order in which they came, so none is starved. D9: a turn whose call waits here
 * is in the graph of waits, as waiting for the calls that have the lock.
 */
import type { PartLock, PartTurn } from './main-part.ts'
import type { ToolMode } from './tool-options.ts'

export interface KeyLock {
  readonly key: string
  readonly mode: ToolMode
}

/** A call that needs locks. */
export interface LockAsk extends LockHolder {
  /** What identifies the tool, for `atMost`. */
  readonly tool: string
  /** The tool's name. */
  readonly name: string
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
  /**
   * The turn that calls must not wait, since it could wait for ever; also during `ask`. The call is
   * out of the locks.
   */
  readonly refused?: (error: unknown) => void
  /** The turn that calls; undefined: the call comes from outside of any turn. */
  readonly turn?: PartTurn | undefined
  /** Whether the call ends by itself once it has its locks, since its time is limited. */
  readonly isTimed?: boolean
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
  endWait: (() => void) | undefined
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
    const entry: Entry = { ask, events, isOver: false, endWait: undefined }
    if (ask.lock === undefined) this.#enterTool(entry)
    else {
      const queue = queueOf(this.#keys, ask.lock.key)
      queue.waiters.add(entry)
      this.#serveKey(queue)
      if (queue.waiters.has(entry)) this.#wait(entry, new KeyInUse(entry, queue))
    }
    return { release: () => this.#leave(entry) }
  }

  #serveKey(queue: Queue): void {
    const ahead = new Set([...queue.holders].map(modeOf))
    for (const entry of [...queue.waiters]) {
      if (!queue.waiters.has(entry)) continue // it went while another one was served
      const mode = modeOf(entry)
      const isBlocked = [...ahead].some((other) => excludes(other, mode))
      ahead.add(mode)
      if (isBlocked) continue
      queue.waiters.delete(entry)
      queue.holders.add(entry)
      this.#enterTool(entry)
    }
  }

  #enterTool(entry: Entry): void {
    const { tool, atMost } = entry.ask
    if (atMost === undefined) return grant(entry)
    const queue = queueOf(this.#tools, tool)
    queue.waiters.add(entry)
    this.#serveTool(queue)
    if (queue.waiters.has(entry)) this.#wait(entry, new PlacesInUse(entry, queue))
  }

  #serveTool(queue: Queue): void {
    for (const entry of [...queue.waiters]) {
      if (!queue.waiters.has(entry)) continue
      if (queue.holders.size >= (entry.ask.atMost as number)) continue
      queue.waiters.delete(entry)
      queue.holders.add(entry)
      grant(entry)
    }
  }

  #wait(entry: Entry, lock: PartLock): void {
    entry.endWait?.()
    entry.endWait = undefined
    const { turn, refused } = entry.events
    try {
      entry.endWait = turn?.await(lock)
    } catch (error) {
      this.#leave(entry)
      refused?.(error)
    }
  }

  #leave(entry: Entry): void {
    if (entry.isOver) return
    entry.isOver = true
    entry.endWait?.()
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

/** What a call waits for. */
abstract class InUse implements PartLock {
  abstract readonly name: string
  abstract readonly needsAll: boolean
  protected readonly entry: Entry
  protected readonly queue: Queue

  constructor(entry: Entry, queue: Queue) {
    this.entry = entry
    this.queue = queue
  }

  abstract get hasRoom(): boolean
  protected abstract holders(): Entry[]

  get heldBy(): string[] {
    return this.holders().map(({ ask: { agent }, events: { turn } }) => {
      return turn?.by ?? (agent || 'a caller outside of any turn')
    })
  }

  /** A turn that calls at once what can't run at once waits for itself, and goes on. */
  turns(): PartTurn[] {
    const own = this.entry.events.turn?.delivery
    return this.holders().flatMap(({ events: { turn, isTimed } }) => {
      return turn === undefined || isTimed === true || turn.delivery === own ? [] : turn
    })
  }
}

class KeyInUse extends InUse {
  readonly needsAll = true

  get name(): string {
    return keyText(this.entry.ask)
  }

  get hasRoom(): boolean {
    return this.turns().length === 0
  }

  /** Those that exclude the call; all, if an exclusive one waits ahead of it. */
  protected holders(): Entry[] {
    const { holders, waiters } = this.queue
    for (const other of waiters) {
      if (other === this.entry) break
      if (modeOf(other) === 'exclusive') return [...holders]
    }
    return [...holders].filter((other) => excludes(modeOf(other), modeOf(this.entry)))
  }
}

class PlacesInUse extends InUse {
  readonly needsAll = false

  get name(): string {
    return placesText(this.entry.ask)
  }

  get hasRoom(): boolean {
    return this.turns().length < this.queue.holders.size
  }

  protected holders(): Entry[] {
    return [...this.queue.holders]
  }
}

function grant(entry: Entry): void {
  entry.endWait?.()
  entry.endWait = undefined
  entry.events.granted()
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

/** The lock of a call's key in words. */
export function keyText({ name, lock }: LockAsk): string {
  return `the tool '${name}' (key '${lock?.key}')`
}

/** A place among the calls of a tool in words. */
export function placesText({ name, atMost }: LockAsk): string {
  return `the tool '${name}' (at most ${atMost} at once)`
}

/** Whether two calls of one key may not run at once. */
export function excludes(one: ToolMode, other: ToolMode): boolean {
  return one === 'exclusive' || other === 'exclusive' || (one === 'serial' && other === 'serial')
}
