/**
 * Work for a processor. It touches no memory and allocates nothing, so it scales as far as the
 * machine allows.
 */

/** A step is a few machine instructions. Never returns 0. */
export function compute(steps: number): number {
  let word = 0x9e3779b9 | 0 // small from the start, so that every compiler keeps it an integer
  for (let step = 0; step < steps; step++) {
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
  }
  return word
}

/** `compute`, in a way that no compiler can leave out. */
export function burn(steps: number): void {
  if (compute(steps) === 0) throw new Error('a shift register reached zero')
}

const SAMPLE = 2_000_000

/** How many steps make a microsecond of work, on this machine when it does nothing else. */
export function stepsPerMicrosecond(): number {
  let best = 0
  for (let sample = 0; sample < 20; sample++) {
    const began = performance.now()
    burn(SAMPLE)
    best = Math.max(best, SAMPLE / (performance.now() - began) / 1_000)
  }
  return best
}
