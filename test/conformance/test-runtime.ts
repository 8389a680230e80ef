/**
 * The conformance suite's frame: each line of the contract is a property that every runtime must
 * have.
 */
import fc from 'fast-check'
import { describe } from 'vitest'
import type { Reason } from '../reason.ts'
import { type Conditions, type Make, RUNTIMES } from './runtimes.ts'
import { Stage, type StageOptions } from './stage.ts'

/** Runs of a property on the single-threaded runtime. The other runtimes play a share of this. */
const RUNS = Number(process.env.HEDDLE_RUNS ?? 30)
/**
 * A fixed seed, so that a test turns red only by a change. Other seeds try other values.
 */
const SEED = Number(process.env.HEDDLE_SEED ?? 11)
/** A run that takes longer hangs. */
const HANGS_MS = 20_000
const SHRINK_MS = 40_000
const TEST_MS = 120_000

export interface Exceptions {
  /** The runtimes that the suite does not run on, and what keeps it from running there. */
  readonly except?: { readonly [kind in Make['kind']]?: Reason }
}

/**
 * Describes one line of the contract on every runtime but the excepted ones. The names of its
 * suites say which those are, and why.
 */
export function testRuntime(
  line: string,
  suite: (make: Make) => void,
  { except = {} }: Exceptions = {},
): void {
  const excepted = RUNTIMES.flatMap(({ kind, name }) => {
    return except[kind] === undefined ? [] : `; not ${name}: ${except[kind]}`
  })
  for (const make of RUNTIMES) {
    if (except[make.kind] !== undefined) continue
    const name = `${line}, ${make.name}${excepted.join('')}`
    describe(name, { timeout: TEST_MS }, () => suite(make))
  }
}

export interface ProofOptions extends StageOptions {
  /** Whether lanes die. */
  readonly deaths?: boolean
  /** A factor on the usual number of runs. */
  readonly share?: number
  /** Conditions that are fixed. */
  readonly conditions?: Partial<Conditions>
  /** Whether each run needs a new stage. */
  readonly fresh?: boolean
}

/** Tries to find a value and conditions under which the property does not hold. */
export async function prove<T>(
  make: Make,
  given: fc.Arbitrary<T>,
  options: ProofOptions,
  holds: (value: T, stage: Stage) => Promise<void>,
): Promise<void> {
  const {
    deaths = false,
    share = 1,
    fresh = false,
    conditions: fixed = {},
    ...stageOptions
  } = options
  const conditions = make.conditions(deaths).map((some): Conditions => ({ ...some, ...fixed }))
  const stages = new Stages(make, stageOptions, fresh || make.kind !== 'threaded')
  const property = fc.asyncProperty(given, conditions, async (value, some) => {
    const stage = await stages.lend(some)
    await holds(value, stage)
    await stages.takeBack(stage, some)
  })
  try {
    await fc.assert(property, {
      seed: SEED,
      numRuns: Math.max(2, Math.round(RUNS * make.share * share)),
      timeout: HANGS_MS,
      interruptAfterTimeLimit: SHRINK_MS,
    })
  } finally {
    await stages.close()
  }
}

/**
 * The stages of one proof. A threaded stage is expensive, so it serves again unless something
 * failed on it.
 */
class Stages {
  readonly #make: Make
  readonly #options: StageOptions
  readonly #fresh: boolean
  readonly #free = new Map<string, Stage>()
  readonly #lent = new Set<Stage>()

  constructor(make: Make, options: StageOptions, fresh: boolean) {
    this.#make = make
    this.#options = options
    this.#fresh = fresh
  }

  async lend(conditions: Conditions): Promise<Stage> {
    const name = JSON.stringify(conditions)
    const known = this.#free.get(name)
    this.#free.delete(name)
    const stage = known ?? (await Stage.open(this.#make, this.#options, conditions))
    this.#lent.add(stage)
    return stage
  }

  async takeBack(stage: Stage, conditions: Conditions): Promise<void> {
    this.#lent.delete(stage)
    if (this.#fresh) await stage.close()
    else this.#free.set(JSON.stringify(conditions), stage)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#free.values(), ...this.#lent].map((stage) => stage.close()))
  }
}
