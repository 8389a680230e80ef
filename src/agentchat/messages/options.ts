/**
 * The check of options in this layer: an unknown option, or one of the wrong kind, is refused where
 * it is given, and not ignored. The rules are in a table beside the type of the options: see
 * `RulesOf`.
 */
import { describe } from '../../errors.ts'
import { firstWrong, type RulesOf, sentenceOf, strangeName } from '../../option-rules.ts'
import { type About, refuseChat } from './refusal.ts'

/** Each name that an options type has; the compiler checks that none is missing. */
export type NamesOf<Options> = { readonly [Name in keyof Options]-?: true }

/**
 * Throws HEDDLE_INVALID_TEAM for a team or a condition and HEDDLE_INVALID_CHAT_AGENT otherwise
 * where `options` is not an object, or has an unknown name.
 */
export function checkNames<Options>(
  about: About,
  options: unknown,
  names: { readonly [Name in keyof Options]-?: unknown },
  whose = 'it',
): asserts options is Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw refuseChat(
      about,
      `${whose === 'it' ? 'its' : `${whose}'s`} options are ${describe(options)}, and must be an object`,
    )
  }
  const stranger = strangeName(options, names)
  if (stranger !== undefined) throw refuseChat(about, sentenceOf(stranger, whose), ownerOf(options))
}

/** As `checkNames`, and also throws where an option breaks its rule. */
export function checkOptions<Options>(
  about: About,
  options: unknown,
  rules: RulesOf<Options>,
  whose = 'it',
): asserts options is Options {
  checkNames<Options>(about, options, rules, whose)
  const wrong = firstWrong(options as object, rules)
  if (wrong === undefined) return
  throw refuseChat(about, sentenceOf(wrong, whose), ownerOf(options as object))
}

/**
 * Refuses names that every object has, as `constructor`: state is kept by name. Throws as
 * `checkNames`.
 */
export function checkOwnName(about: About, name: string): void {
  if (!(name in {})) return
  throw refuseChat(about, 'every JavaScript object has a member of its name; choose another', name)
}

function ownerOf(options: object): string {
  const owner: unknown = Reflect.get(options, 'name')
  return typeof owner === 'string' ? owner : ''
}
