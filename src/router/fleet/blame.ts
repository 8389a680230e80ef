/** What a lane's death is blamed on. */
import { isHeddleError } from '../../errors.ts'
import type { Counters, Culprit } from '../../wire/counters.ts'

export type Blame =
  /** The code of this turn ended the thread. */
  | Extract<Culprit, { kind: 'turn' }>
  /** The code of a turn that is committed already ended it: no open turn is suspected. */
  | { readonly kind: 'past-turn' }
  /** The cause is unknown: any turn that is not committed may have ended it. */
  | { readonly kind: 'turns' }
  /** The thread was ended from outside, or while an agent was loaded. */
  | { readonly kind: 'nobody' }

/** The result for the turns that were blamed: all that the counting of deaths needs to know. */
export type Toll =
  /** It is known which turn's code ended the lane. */
  | 'attributed'
  /** A turn was finally found to have ended it, and is not tried again. */
  | 'condemned'
  /** One of several turns may have ended it. */
  | 'suspected'
  | 'unexplained'

/**
 * Causes for which no turn is to blame: the thread was ended from outside, or the loading of an
 * agent blocked it.
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
