/**
 * A reply that an intervention put in another's place. Whoever asked has its schema, and checks it,
 * on whatever thread that is.
 */
import { HeddleError, problemOf } from '../errors.ts'
import { handOut } from './frozen.ts'
import { checkPayload, type Schemas } from './message.ts'
import { sealPayload } from './payload.ts'

/** Stands for the reply on its way to who asked. */
export class RevisedReply {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/** The request that was asked, as far as its reply goes. */
export interface ExpectedReply {
  readonly name: string
  readonly schemas: Pick<Schemas, 'reply'>
}

/**
 * The reply for who asked. Throws HEDDLE_INTERVENTION_FAILED where an intervention made one that
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
