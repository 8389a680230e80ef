/** The listeners to what the router does, and the reporter of trouble. */
import type { InspectRecord } from './inspect-record.ts'
import { Listeners, neverThrowing } from './listeners.ts'

/** The listener that `runtime.inspect` takes. */
export type InspectListener = (record: InspectRecord) => void

/** Reports trouble to people. */
export interface TroubleReporter {
  /** `unheard`: only the trouble that is not heard elsewhere. */
  readonly mode: 'always' | 'unheard'
  heed(record: InspectRecord): void
}

export class Inspection {
  readonly #listeners: Listeners<InspectRecord>
  readonly #reporter: TroubleReporter | undefined

  /** `changed` is called when the first listener comes, and when the last one goes. */
  constructor(changed: (listened: boolean) => void, reporter?: TroubleReporter) {
    this.#listeners = new Listeners('inspect', changed)
    this.#reporter = reporter
  }

  /** Whether records of ordinary traffic are wanted: ask before making one. */
  get isOn(): boolean {
    return this.#listeners.size > 0
  }

  /** Throws HEDDLE_INVALID_OPTION. */
  listen(listener: InspectListener): () => void {
    return this.#listeners.add(listener)
  }

  /** Passes on a record of ordinary traffic. */
  tell(record: InspectRecord): void {
    this.#listeners.tell(record)
  }

  /**
   * Passes on a record of trouble, whether or not anybody listens. `heard`: the trouble is also
   * reported by other means.
   */
  report(record: InspectRecord, heard = false): void {
    this.tell(record)
    const reporter = this.#reporter
    if (reporter === undefined) return
    if (reporter.mode === 'always' || !(this.isOn || heard)) {
      neverThrowing('a report of trouble', () => reporter.heed(record))
    }
  }
}
