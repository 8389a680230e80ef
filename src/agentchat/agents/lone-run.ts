/**
 * What holds a run without a runtime in its bounds: the time that one call of its agent may take,
 * and the errors of what the agent leaves behind.
 *
 * Invariant: D6, an error that nobody waits for is the run's while that goes on, and one line on
 * stderr afterwards. Within a turn it is that turn's.
 */
import { currentTurn, ownedBy } from '../../agents/turn-context.ts'
import { systemClock } from '../../clock.ts'
import { errorToRecord, HeddleError } from '../../errors.ts'
import { forgive, isForgiven } from '../../lane/forgiven.ts'
import { watchFaults } from '../../lane/turn-faults.ts'
import { LoneRecord } from '../../lane/within-turn.ts'
import { errorLine, line, named } from '../../router/reports/error-line.ts'
import { writeLine } from '../../router/reports/stderr.ts'

/** One call of the agent. */
export interface LoneCall {
  /** Aborts when the call must end: its run was cancelled or has failed, or its time is up. */
  readonly ending: AbortSignal
  readonly effect: (name: string, fn: () => unknown) => Promise<unknown>
  end(): void
}

let isWatching = false

export class LoneRun {
  readonly #agent: string
  readonly #limitMs: number | undefined
  readonly #record: LoneRecord
  readonly #failed = new AbortController()
  readonly #isOwn = currentTurn() === undefined
  #isOver = false

  constructor(agent: string, limitMs: number | undefined) {
    this.#agent = agent
    this.#limitMs = limitMs
    this.#record = new LoneRecord(agent)
    if (!this.#isOwn || isWatching) return
    isWatching = true
    watchFaults() // for good: work that is left behind may fail at any time
  }

  /** Begins a call of the agent. `outer` aborts when the run is cancelled. */
  begin(outer: AbortSignal): LoneCall {
    const own = new AbortController()
    const ending = AbortSignal.any([outer, this.#failed.signal, own.signal])
    const agent = this.#agent
    const stopTimer = this.#setLimit(() => {
      const limitMs = this.#limitMs as number
      own.abort(new HeddleError('HEDDLE_TURN_TIMEOUT', { agent, limitMs }))
    })
    const end = () => {
      stopTimer()
      const over = new HeddleError('HEDDLE_TURN_ENDED', { agent, call: 'once', of: 'context' })
      forgive(over)
      own.abort(over)
    }
    return { ending, effect: this.#record.forCall(ending), end }
  }

  /** Runs the agent's code, and waits until all that it has left behind by then is known. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#isOwn) return work()
    const value = await ownedBy((error) => this.#hear(error), work)
    await new Promise<void>((resolve) => systemClock.soon(resolve))
    return value
  }

  end(): void {
    this.#isOver = true
  }

  #setLimit(late: () => void): () => void {
    const clock = currentTurn()?.clock ?? systemClock
    return this.#limitMs === undefined ? () => {} : clock.after(this.#limitMs, late)
  }

  #hear(error: unknown): void {
    const { signal } = this.#failed
    if (isForgiven(error)) return
    if (!this.#isOver && !signal.aborted) return this.#failed.abort(error)
    if (signal.aborted && signal.reason === error) return
    const what = errorLine(errorToRecord(error))
    const said = line`late error: ${named(this.#agent)}, which ran alone, left work running that failed after its run had ended; the failure changes nothing: ${what}`
    writeLine(line`error heddle: ${said}`)
  }
}
