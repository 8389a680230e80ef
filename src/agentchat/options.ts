/** The names of options: one that nobody knows is refused where it is given, not passed over. */
import { describe } from '../errors.ts'
import { nearestOf } from '../runtime/nearest.ts'
import { refuseChat } from './refusal.ts'

/** Each name that an options type has; the compiler sees to it that none is missing. */
export type NamesOf<Options> = { readonly [Name in keyof Options]-?: true }

/** The first name in `options` that is none of theirs, with the mend. Undefined: all are known. */
export function strangerIn(
  options: object,
  names: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly mend: string } | undefined {
  const known = Object.keys(names)
  const name = Object.keys(options).find((one) => !Object.hasOwn(names, one))
  if (name === undefined) return undefined
  const nearest = nearestOf(name, known)
  const rule = `one of ${known.join(', ')}`
  return { name, mend: nearest === undefined ? rule : `${rule}; did you mean '${nearest}'?` }
}

/**
 * Throws HEDDLE_INVALID_TEAM for a team and HEDDLE_INVALID_CHAT_AGENT otherwise where `options` are
 * no object, or hold a name that is none of theirs.
 */
export function checkNames<Options>(
  about: 'chat agent' | 'tool' | 'structured message' | 'team',
  options: unknown,
  names: NamesOf<Options>,
  whose = 'it',
): asserts options is Options {
  if (typeof options !== 'object' || options === null) {
    throw refuseChat(
      about,
      `${whose === 'it' ? 'its' : `${whose}'s`} options are ${describe(options)}, and must be an object`,
    )
  }
  const stranger = strangerIn(options, names)
  if (stranger === undefined) return
  const owner: unknown = Reflect.get(options, 'name')
  const problem = `${whose} has an option '${stranger.name}', which must be ${stranger.mend}`
  throw refuseChat(about, problem, typeof owner === 'string' ? owner : '')
}
