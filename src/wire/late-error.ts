/** An error of a turn that was reported after its result. */
import type { ErrorRecord } from '../errors.ts'

/**
 * Work that a turn began has failed, uncaught, after the turn's result was taken in. This changes
 * no outcome, and the lane goes on. While the result is still on its lane, the turn fails instead.
 */
export interface LateErrorRecord {
  readonly kind: 'late-error'
  /** `type/key`. */
  readonly agent: string
  readonly message: string
  readonly messageId: string
  readonly error: ErrorRecord
}
