/** A delivery, as it stands on its lane. */

/** One message for one agent, as its lane sees it. */
export interface LaneDelivery {
  readonly slot: number
  readonly agent: string
  readonly key: string
  readonly message: string
  readonly payload: unknown
  readonly sequence: number
  /** Empty: from outside. */
  readonly senderAgent: string
  readonly senderKey: string
  /** Empty: a request. */
  readonly topicType: string
  readonly topicSource: string
  readonly attempt: number
  /** How many of its attempts failed, those cut short by a death not counted. */
  readonly failures: number
  /** Milliseconds until its turn may begin. */
  readonly delayMs: number
  /**
   * Its cell in shared memory, and what the cell must hold for its turn to begin; 0: it may begin.
   */
  readonly claim: number
  readonly copied: boolean
  readonly chain: readonly string[]
}
