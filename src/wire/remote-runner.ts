/**
 * What runs the calls of turns that do not run on their lanes, such as tools in threads of their
 * own. It stands beside the router.
 */

export interface RemoteRunner {
  /** Never throws. */
  run(call: unknown, host: RemoteHost): RemoteRun
}

/** Who has made a call. */
export interface RemoteHost {
  /** Aborts when nothing waits for the call any more. */
  readonly signal: AbortSignal
  /** Shows how far the call is. The value can cross threads. */
  progress(value: unknown): void
}

export interface RemoteRun {
  readonly result: Promise<unknown>
  /** Settles when nothing runs for the call any more. Never rejects. */
  readonly letGo: Promise<void>
}
