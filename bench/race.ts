/** Runs contestants one after the other, round after round. */
import { setImmediate } from 'node:timers/promises'
import type { Setting } from './question.ts'

const LAP_DEADLINE_MS = 45_000

/** One run of one contestant. Resolves with what was measured. */
export type Lap<Result> = () => Promise<Result>

/**
 * Runs every contestant once a round. The order rotates from round to round, so that no contestant
 * always comes after the same one. The first round warms up and does not count. Returns one result
 * for each other round, in order.
 */
export async function race<Name extends string, Result>(
  contestants: Readonly<Record<Name, Lap<Result>>>,
  { rounds, tell }: Pick<Setting, 'rounds' | 'tell'>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(contestants) as Name[]
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]]))
  for (let round = 0; round <= rounds; round++) {
    tell(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`)
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round) % names.length] as Name
      await clearAway()
      const result = await within(LAP_DEADLINE_MS, name, contestants[name])
      if (round > 0) results[name]?.push(result)
    }
  }
  return results as Record<Name, Result[]>
}

/**
 * Names the contestant that hangs. The process ends with the question, so a lap that hangs is left
 * as it is.
 */
async function within<Result>(ms: number, name: string, lap: Lap<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${name} has not finished after ${ms} ms`)), ms)
  try {
    return await Promise.race([lap(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Collects garbage now, so that the next contestant does not pay for what the one before left. */
async function clearAway(): Promise<void> {
  globalThis.gc?.()
  await setImmediate()
}

/** The rate of `count` things in the time of `work`, per second. */
export async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  return (count / (await milliseconds(work))) * 1_000
}

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
