/**
 * Shows whether this thread is a lane, and counts refused runtimes there. The mark is the thread's
 * `workerData`: it is set before the first line of a preload runs, every copy of heddle sees it,
 * and no other thread or process inherits it.
 */
import { workerData } from 'node:worker_threads'
import { HeddleError } from '../errors.ts'

const NAME = 'heddleLane'

/** The main thread's side of a lane's mark. */
export class LaneMark {
  readonly #refused = new Uint32Array(new SharedArrayBuffer(Uint32Array.BYTES_PER_ELEMENT))

  /** For the thread's options. */
  get workerData(): object {
    return { [NAME]: this.#refused }
  }

  /** How often starting a runtime on the lane was refused. */
  get refused(): number {
    return this.#refused[0] as number
  }
}

/** Throws HEDDLE_RUNTIME_IN_LANE on the thread of a lane, and counts that for the main thread. */
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
