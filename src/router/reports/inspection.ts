/** Who listens to what the router does, and who reports trouble. */
import type { InspectRecord } from './inspect-record.ts'
import { Listeners, neverThrowing } from './listeners.ts'

/** What `runtime.inspect` takes. */
export type InspectListener = (record: InspectRecord) => void

/** Reports trouble to people. */
export interface TroubleReporter {
  /** `unheard`: only what nobody else hears of. */
  readonly mode: 'always' | 'unheard'
  heed(record: InspectRecord): void
}

export class Inspection {
  readonly #listeners: Listeners<InspectRecord>
  readonly #reporter: TroubleReporter | undefined

  /** `changed` is told when the first listener comes, and when the last one goes. */
  constructor(changed: (listened: boolean) => void, reporter?: TroubleReporter) {
    this.#listeners = new Listeners('inspect', changed)
    this.#reporter = reporter
  }

  /** Whether records of ordinary traffic are wanted: whoever makes one asks first. */
  get isOn(): boolean {
    return this.#listeners.size > 0
  }

  /** Throws HEDDLE_INVALID_OPTION. */
  listen(listener: InspectListener): () => void {
    return this.#listeners.add(listener)
  }

  /** A record of ordinary traffic. */
  tell(record: InspectRecord): void {
    this.#listeners.tell(record)
  }

  /**
   * A record of trouble: call it without asking whether anybody listens. `heard`: somebody learns
   * of it by other means.
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
