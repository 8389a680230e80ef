/** Whom a lane's death is laid to. */
import { isHeddleError } from '../../errors.ts'
import type { Counters, Culprit } from '../../wire/counters.ts'

export type Blame =
  /** The code of this turn ended the thread. */
  | Extract<Culprit, { kind: 'turn' }>
  /** So did that of a turn that is committed: there is nobody to suspect. */
  | { readonly kind: 'past-turn' }
  /** Nobody could tell: any turn that is not committed may have done it. */
  | { readonly kind: 'turns' }
  /** It was ended from outside, or while an agent was loaded. */
  | { readonly kind: 'nobody' }

/** What became of those who were blamed: who counts deaths need not know more. */
export type Toll =
  /** A turn's code ended the lane, and it is known which. */
  | 'attributed'
  /** A turn was found to have done it, in the end, and is not tried again. */
  | 'condemned'
  /** It may have been one of several. */
  | 'suspected'
  | 'unexplained'

/**
 * Causes that are no turn's doing: the thread was ended from outside, or the loading of an agent
 * did not let go of it.
 */
const BLAMELESS = ['HEDDLE_LANE_ENDED', 'HEDDLE_AGENT_LOAD_FAILED', 'HEDDLE_SETUP_FAILED'] as const

export function blameFor(cause: unknown, counters: Counters | undefined): Blame {
  if (BLAMELESS.some((code) => isHeddleError(cause, code))) return { kind: 'nobody' }
  const current = counters?.current
  if (current !== undefined && isHeddleError(cause, 'HEDDLE_LANE_HUNG')) {
    return { kind: 'turn', slot: current }
  }
  const culprit = counters?.culprit ?? { kind: 'unknown' }
  return culprit.kind === 'unknown' ? { kind: 'turns' } : culprit
}
