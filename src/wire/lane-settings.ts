/** The settings of every lane of a runtime: data that crosses to threads as it is. */
export interface LaneSettings {
  /** The prefix of every message id. */
  readonly runtimeId: string
  /** Milliseconds that a request may take, unless it sets another deadline. */
  readonly requestDeadlineMs: number
  /** Milliseconds that a turn may take, unless its agent sets another limit. */
  readonly turnTimeoutMs: number
  /** Milliseconds that an agent may take to be imported and set up. */
  readonly setupDeadlineMs: number
  /** The most bytes that a turn may keep with `turn.once`. */
  readonly onceBytes: number
  /** The names of the runtime's limits. */
  readonly limits: readonly string[]
}
