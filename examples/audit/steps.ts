/**
 * Work that yields between its steps, so that one piece of code serves who wants it at once and who
 * has a loop to keep turning: on the main thread Ctrl-C is heard, on a lane other turns go on.
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
 * Lets the loop turn every ten milliseconds. `check` is called then, and throws to end the work.
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
