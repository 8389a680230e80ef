/**
 * Work that yields between its steps, so that the same code can run synchronously or let the event
 * loop turn in between: then Ctrl-C is noticed on the main thread, and other turns go on on a lane.
 */
export type Steps<T> = Generator<void, T, void>

const SLICE_MS = 10

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/**
 * Lets the event loop turn every ten milliseconds. Calls `check` each time, which throws to end the
 * work.
 */
export async function inSlices<T>(steps: Steps<T>, check: () => void = () => {}): Promise<T> {
  for (let began = performance.now(); ; ) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - began < SLICE_MS) continue
    await new Promise((resolve) => setImmediate(resolve))
    check()
    began = performance.now()
  }
}
