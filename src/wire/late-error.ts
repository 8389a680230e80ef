/** An error of a turn that was told after its result. */
import type { ErrorRecord } from '../errors.ts'

/**
 * What a turn had begun has failed, and nobody caught that, after the turn's result was taken in:
 * it changes no outcome, and the lane goes on. While the result is still on its lane the turn fails
 * instead.
 */
export interface LateErrorRecord {
  readonly kind: 'late-error'
  /** `type/key`. */
  readonly agent: string
  readonly message: string
  readonly messageId: string
  readonly error: ErrorRecord
}
