/** The threads of a pool that run no call, and when each of them ends. */
import { afterIdle, type Clock } from '../clock.ts'
import type { PoolThread } from './pool-thread.ts'

export class IdleThreads {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #expire: (thread: PoolThread) => void
  /** With the function that cancels its end; the oldest first. */
  readonly #threads = new Map<PoolThread, () => void>()

  /** `expire` is called with a thread that has been idle for `idleMs` milliseconds. */
  constructor(
    { clock, idleMs }: { readonly clock: Clock; readonly idleMs: number },
    expire: (thread: PoolThread) => void,
  ) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#expire = expire
  }

  get size(): number {
    return this.#threads.size
  }

  get all(): readonly PoolThread[] {
    return [...this.#threads.keys()]
  }

  get oldest(): PoolThread | undefined {
    return this.all[0]
  }

  has(thread: PoolThread): boolean {
    return this.#threads.has(thread)
  }

  add(thread: PoolThread): void {
    const expire = () => this.#expire(thread)
    this.#threads.set(thread, afterIdle(this.#clock, this.#idleMs, expire))
  }

  /** The thread of this size that was used last, so that the others may end. */
  take(memoryMb: number): PoolThread | undefined {
    const thread = this.all.findLast((one) => one.memoryMb === memoryMb && !one.hasFailed)
    if (thread !== undefined) this.delete(thread)
    return thread
  }

  delete(thread: PoolThread): void {
    this.#threads.get(thread)?.()
    this.#threads.delete(thread)
  }
}
