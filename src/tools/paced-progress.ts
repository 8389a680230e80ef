/**
 * What the tools of a thread show, at a pace that the main thread can bear.
 *
 * Owns: how many values are under way. A tool that shows more than the main thread takes has some
 * of its values left out.
 * Invariants: values come in their order; the last one before a call ends is always shown.
 */
import { afterUnheld } from '../clock.ts'

/** How many values may be under way from a thread. */
const MOST_UNDER_WAY = 32
/** How often the main thread takes values from a thread, in milliseconds. */
const TAKES_EVERY_MS = 10

/** In shared memory: how many values of a thread the main thread has taken. */
export type Taken = Int32Array<SharedArrayBuffer>

/** On the thread of tools. */
export class PacedProgress {
  readonly #taken: Taken
  #posted = 0
  #waiting: (() => void) | undefined
  #stopTimer: (() => void) | undefined

  constructor(taken: Taken) {
    this.#taken = taken
  }

  /** Calls `post` now, or when there is room; the one that waited before is left out. */
  show(post: () => void): void {
    this.#waiting = post
    this.#postIfRoom()
  }

  /** A call has ended: its last value goes, whether there is room or not. */
  flush(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#post()
  }

  #postIfRoom(): void {
    // both numbers wrap alike
    if (((this.#posted - Atomics.load(this.#taken, 0)) | 0) < MOST_UNDER_WAY) return this.flush()
    this.#stopTimer ??= afterUnheld(TAKES_EVERY_MS, () => {
      this.#stopTimer = undefined
      this.#postIfRoom()
    })
  }

  #post(): void {
    const post = this.#waiting
    if (post === undefined) return
    this.#waiting = undefined
    this.#posted = (this.#posted + 1) | 0
    post()
  }
}

/** On the main thread: takes note of the values of a thread, some at a time. */
export class TakenProgress {
  readonly taken: Taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  #seen = 0
  #isTimed = false

  /** A value has come. */
  came(): void {
    this.#seen = (this.#seen + 1) | 0
    if (this.#isTimed) return
    this.#isTimed = true
    afterUnheld(TAKES_EVERY_MS, () => {
      this.#isTimed = false
      Atomics.store(this.taken, 0, this.#seen)
    })
  }
}
