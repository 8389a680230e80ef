/** Ends threads from outside, and counts all ends by their causes. */
import type { Worker } from 'node:worker_threads'
import type { ErrorRecord, InspectRecord, Runtime } from 'heddle'
import type { Random } from '../src/testing/random.ts'

/** How often a lane ended, by the way in which it did. */
export type Kills = Record<'exit' | 'throw' | 'terminate' | 'oom' | 'loop' | 'heap', number>

export class Reaper {
  readonly kills: Kills = { exit: 0, throw: 0, terminate: 0, oom: 0, loop: 0, heap: 0 }
  /** Deaths that were attributed to one named turn, to suspects, and to nothing. */
  readonly blamed = { culprit: 0, suspects: 0, nobody: 0 }
  /** One sentence for each death that was attributed wrongly. */
  readonly misjudged: string[] = []
  /** Errors that came from turns that were over. */
  late = 0
  readonly #workers = new Set<Worker>()
  readonly #chance: Random

  /** Knows only the threads that start from now on, so make it before the runtime. */
  constructor(chance: Random) {
    this.#chance = chance
    process.on('worker', (worker: Worker) => {
      this.#workers.add(worker)
      worker.once('exit', () => this.#workers.delete(worker))
    })
  }

  watch(runtime: Runtime): void {
    runtime.inspect((record) => {
      if (record.kind === 'late-error') this.late++
      if (record.kind === 'lane-died') this.#judge(record)
    })
  }

  /**
   * Ends a thread, whatever it does. Ends none while a lane starts, since a lane that never gets
   * ready is given up.
   */
  terminate(runtime: Runtime): void {
    const workers = [...this.#workers]
    const isReady = runtime.stats().lanes.every(({ status }) => status !== 'starting')
    if (!isReady || workers.length === 0) return
    void this.#chance.of(workers).terminate()
  }

  #judge({ cause, culprit, suspects }: InspectRecord & { kind: 'lane-died' }): void {
    const way = this.#wayOf(cause)
    this.kills[way]++
    this.blamed[culprit !== undefined ? 'culprit' : suspects.length > 0 ? 'suspects' : 'nobody']++
    const isKnown = culprit?.startsWith('bomb/') === true
    // The culprit is known by the context of the exit, or as the turn that had the thread.
    const isTold = way === 'exit' || way === 'loop'
    if (isKnown !== isTold) this.misjudged.push(`${way} was attributed to ${culprit}`)
    if (way === 'terminate' && suspects.length > 0) this.misjudged.push(`${way} has suspects`)
  }

  #wayOf({ code, message }: ErrorRecord): keyof Kills {
    if (code === 'HEDDLE_LANE_HUNG') return 'loop'
    if (code === 'HEDDLE_LANE_FULL') return 'heap'
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'oom'
    if (message.includes('thrown outside')) return 'throw'
    return code === 'HEDDLE_LANE_ENDED' ? 'terminate' : 'exit'
  }
}
