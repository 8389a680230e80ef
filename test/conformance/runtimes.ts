/** The runtimes that must keep the contract, and what may vary from run to run in each. */
import fc from 'fast-check'
import {
  type Runtime,
  type RuntimeOptions,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from '../../src/index.ts'
import { type Chance, type Simulation, startSimulated } from '../../src/testing/index.ts'

/** What may vary beside the plan: the contract holds under all of it. */
export interface Conditions {
  readonly maxLiveKeys: number
  /** For simulated lanes. */
  readonly seed?: number
  readonly kills?: Chance
  /** With failures, agents retry. */
  readonly failures?: Chance
  readonly fills?: Chance
}

export interface StartOptions extends Omit<RuntimeOptions, 'maxLiveKeys'> {
  readonly lanes?: number
}

export interface Make {
  readonly name: string
  readonly kind: 'single' | 'threaded' | 'simulated'
  /** The part of the requested runs that this runtime plays. */
  readonly share: number
  readonly conditions: (deaths: boolean) => fc.Arbitrary<Conditions>
  readonly start: (
    options: StartOptions,
    conditions: Conditions,
  ) => Promise<{ readonly runtime: Runtime; readonly simulation?: Simulation }>
}

const maxLiveKeys = fc.constantFrom(50_000, 1, 2)

/** Errors are intended here, so they are not reported on stderr. */
const report = 'off'

export const single: Make = {
  name: 'single-threaded',
  kind: 'single',
  share: 1,
  conditions: () => fc.record({ maxLiveKeys }),
  start: async ({ lanes: _, ...options }, conditions) => {
    return { runtime: await SingleThreadedRuntime.start({ report, ...options, ...conditions }) }
  },
}

/** Threads are expensive, so a runtime serves many runs and its conditions vary little. */
export const threaded: Make = {
  name: 'threaded',
  kind: 'threaded',
  share: 0.5,
  conditions: () => fc.constantFrom({ maxLiveKeys: 50_000 }, { maxLiveKeys: 1 }),
  start: async ({ lanes = 2, ...options }, conditions) => {
    return { runtime: await ThreadedRuntime.start({ report, ...options, ...conditions, lanes }) }
  },
}

const kills = fc.record({
  probability: fc.constantFrom(0.02, 0.1, 0.3),
  most: fc.integer({ min: 1, max: 4 }),
})
const seed = fc.noShrink(fc.integer({ min: 1, max: 2 ** 31 }))

export const simulated: Make = {
  name: 'simulated',
  kind: 'simulated',
  share: 3,
  conditions: (deaths) => {
    const alive = { maxLiveKeys, seed }
    return deaths ? fc.record({ ...alive, kills }) : fc.record(alive)
  },
  start: (options, conditions) => {
    // Some turns wait for each other by promises of their own.
    return startSimulated({ ...options, ...conditions, outside: 'report' })
  },
}

export const RUNTIMES: readonly Make[] = [single, threaded, simulated]
