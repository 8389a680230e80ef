/**
 * A runtime with its cast and its history.
 *
 * Owns: the runtime, the history's file. A stage serves many plays, one after another; each has its
 * own keys, so that plays do not affect each other.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setImmediate as nextLoop } from 'node:timers/promises'
import type { Registrable, Runtime } from '../../src/index.ts'
import type { Simulation } from '../../src/testing/index.ts'
import { type HistoryEvent, historySize, readHistory } from '../fixtures/history-file.ts'
import { type ScriptedConfig, scripted, stubborn } from '../fixtures/scripted.agent.ts'
import { CAST, TOPICS } from './plans.ts'
import type { Conditions, Make, StartOptions } from './runtimes.ts'

export interface StageOptions extends StartOptions {
  readonly config?: Partial<ScriptedConfig>
  /** Whether failed turns are tried again; they are wherever turns are made to fail. */
  readonly retries?: boolean
  /** Further agents, which write to the history at this path. */
  readonly others?: (path: string) => readonly Registrable[]
}

/** A simulation that has not moved for this many turns of the loop never will. */
const STANDSTILL = 50

export class Stage {
  readonly runtime: Runtime
  readonly simulation: Simulation | undefined
  readonly path: string
  /** Opens a stage like this one, under the same conditions. */
  readonly another: () => Promise<Stage>
  #plays = 0

  static async open(make: Make, options: StageOptions, conditions: Conditions): Promise<Stage> {
    const path = join(mkdtempSync(join(tmpdir(), 'heddle-conformance-')), 'history.jsonl')
    writeFileSync(path, '')
    const { config = {}, others = () => [], retries = false, ...startOptions } = options
    const ticks = make.kind === 'simulated' ? 'promises' : 'loop'
    const actor = conditions.failures === undefined && !retries ? scripted : stubborn
    const cast = CAST.map((type) => actor.with({ history: path, ticks, ...config }).as(type))
    const agents = [...cast, ...others(path)]
    const { runtime, simulation } = await make.start({ ...startOptions, agents }, conditions)
    for (const topic of TOPICS) {
      if (topic === 'void') continue
      for (const agent of topic) await runtime.subscribe({ topic, agent })
    }
    const another = () => Stage.open(make, options, conditions)
    return new Stage(runtime, simulation, path, another)
  }

  private constructor(
    runtime: Runtime,
    simulation: Simulation | undefined,
    path: string,
    another: () => Promise<Stage>,
  ) {
    this.runtime = runtime
    this.simulation = simulation
    this.path = path
    this.another = another
  }

  /** A prefix for the keys of the next play. */
  nextMark(): string {
    return `${++this.#plays}§`
  }

  /** Bytes of history so far. */
  get written(): number {
    return historySize(this.path)
  }

  /** The events after the first `skipped` bytes, with the marks of keys removed. */
  history(skipped = 0): HistoryEvent[] {
    const plain = (_: string, value: unknown) => {
      return typeof value === 'string' ? value.replace(/\d+§/, '') : value
    }
    return readHistory(this.path, skipped).map((event) => JSON.parse(JSON.stringify(event, plain)))
  }

  /** Waits until nothing is in flight; throws when a simulation can't get there. */
  async idle(): Promise<void> {
    let isIdle = false
    const idle = this.runtime.idle().then(() => {
      isIdle = true
    })
    const { simulation } = this
    let still = 0
    for (let steps = 0; simulation !== undefined && !isIdle; steps = simulation.steps) {
      await nextLoop()
      still = simulation.steps === steps ? still + 1 : 0
      if (still > STANDSTILL) {
        const { inFlight } = this.runtime.stats()
        throw new Error(`the simulation stands still with ${inFlight} deliveries in flight`)
      }
    }
    await idle
  }

  async close(deadlineMs = 0): Promise<void> {
    await this.runtime.stop({ deadlineMs })
    rmSync(dirname(this.path), { recursive: true, force: true })
  }
}
