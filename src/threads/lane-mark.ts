/**
 * Tells whether this thread is a lane, and what was tried there. The mark is the thread's
 * `workerData`: it stands before the first line of a preload runs, every copy of heddle sees it,
 * and no other thread or process inherits it.
 */
import { workerData } from 'node:worker_threads'
import { HeddleError } from '../errors.ts'

const NAME = 'heddleLane'

/** What the main thread keeps of a lane's mark. */
export class LaneMark {
  readonly #refused = new Uint32Array(new SharedArrayBuffer(Uint32Array.BYTES_PER_ELEMENT))

  /** For the thread's options. */
  get workerData(): object {
    return { [NAME]: this.#refused }
  }

  /** How often a runtime was to be started on the lane. */
  get refused(): number {
    return this.#refused[0] as number
  }
}

/**
 * Throws HEDDLE_RUNTIME_IN_LANE on the thread of a lane, and leaves word of it for the main thread.
 */
export function assertOutsideLanes(): void {
  const refused = markHere()
  if (refused === undefined) return
  refused[0] = (refused[0] as number) + 1
  throw new HeddleError('HEDDLE_RUNTIME_IN_LANE', {})
}

function markHere(): Uint32Array | undefined {
  const mark: unknown = Reflect.get(Object(workerData), NAME)
  // No instanceof: a test runner's module may see another realm's classes.
  return ArrayBuffer.isView(mark) ? (mark as Uint32Array) : undefined
}
