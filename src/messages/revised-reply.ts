/**
 * A reply that an intervention put in another's place. The caller has the schema, and checks the
 * reply on its own thread.
 */
import { HeddleError, problemOf } from '../errors.ts'
import { handOut } from './frozen.ts'
import { checkPayload, type Schemas } from './message.ts'
import { sealPayload } from './payload.ts'

/** Stands for the reply on its way to the caller. */
export class RevisedReply {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/** The part of a request that its reply needs. */
export interface ExpectedReply {
  readonly name: string
  readonly schemas: Pick<Schemas, 'reply'>
}

/**
 * The reply for the caller. Throws HEDDLE_INTERVENTION_FAILED if an intervention made a reply that
 * does not fit.
 */
export function replyFor(
  { name, schemas }: ExpectedReply,
  value: unknown,
  isRevised: boolean,
): unknown {
  if (!isRevised) return handOut(value)
  try {
    const what = `${name} (reply)`
    return sealPayload(checkPayload(what, schemas.reply, value), what).value
  } catch (cause) {
    const fields = { on: 'onReply', message: name, problem: problemOf(cause) }
    throw new HeddleError('HEDDLE_INTERVENTION_FAILED', fields, { cause })
  }
}
