/** What every lane of a runtime is told, as data: it crosses to threads as it is. */
export interface LaneSettings {
  /** Begins every message id. */
  readonly runtimeId: string
  /** How many turns may be under way at once, not counting those that wait for replies. */
  readonly turnsPerLane: number
  /** Milliseconds that a request may take, unless it says otherwise. */
  readonly requestDeadlineMs: number
  /** Milliseconds that a turn may take, unless its agent says otherwise. */
  readonly turnTimeoutMs: number
  /** Milliseconds that an agent may take to be imported and set up. */
  readonly setupDeadlineMs: number
  /** The names of the runtime's limits. */
  readonly limits: readonly string[]
}
