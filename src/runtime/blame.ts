/** Whom a lane's death is laid to. */
import { isHeddleError } from '../errors.ts'
import type { Counters, Culprit } from './counters.ts'

export type Blame =
  /** The code of this turn ended the thread. */
  | Extract<Culprit, { kind: 'turn' }>
  /** So did that of a turn that is committed: there is nobody to suspect. */
  | { readonly kind: 'past-turn' }
  /** Nobody could tell: any turn that is not committed may have done it. */
  | { readonly kind: 'turns' }
  /** It was ended from outside. */
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

export function blameFor(cause: unknown, counters: Counters | undefined): Blame {
  if (isHeddleError(cause, 'HEDDLE_LANE_ENDED')) return { kind: 'nobody' }
  const culprit = counters?.culprit ?? { kind: 'unknown' }
  return culprit.kind === 'unknown' ? { kind: 'turns' } : culprit
}
