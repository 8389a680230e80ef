/** A delivery on its lane. */
import type { Recorded } from './recorded.ts'

/** Each resolves to what gives its result to an attempt; rejects where the effect was not done. */
export type EffectsUnderWay = Map<string, Promise<() => unknown>>

/** One message for one agent, as its lane sees it. */
export interface LaneDelivery {
  readonly slot: number
  readonly agent: string
  readonly key: string
  readonly message: string
  readonly payload: unknown
  readonly sequence: number
  /** Empty: it came from outside. */
  readonly senderAgent: string
  readonly senderKey: string
  /** Empty: it is a request. */
  readonly topicType: string
  readonly topicSource: string
  readonly attempt: number
  /** How many of its attempts failed, without those that were cut short by a death. */
  readonly failures: number
  /** Milliseconds until its turn may begin. */
  readonly delayMs: number
  /**
   * The number that its cell in shared memory must hold for its turn to begin, which also
   * identifies the cell; 0: it may begin.
   */
  readonly claim: number
  readonly copied: boolean
  readonly chain: readonly string[]
  /** What its attempts did once; undefined: nothing. Shared by all attempts on the lane. */
  recorded: Recorded | undefined
  /**
   * The effects of its attempts that go on, by their full names; undefined: there were none. Shared
   * by all attempts on the lane.
   */
  underWay: EffectsUnderWay | undefined
}
