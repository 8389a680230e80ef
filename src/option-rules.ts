/**
 * What an option must be, written beside its name: each record of options has one table with all
 * its rules, and the compiler checks that none is missing. So no option is accepted that would
 * silently do something other than was meant.
 */
import { types } from 'node:util'
import { describe, isRecord, readFrom } from './describe.ts'
import { nearestOf } from './nearest.ts'
import { strangerIn } from './option-names.ts'

/**
 * The first value that breaks a rule. `at` is its place, as in `sources[1]`; empty for the checked
 * value itself.
 */
export interface Wrong {
  /** An unknown name, or a value of the wrong kind. */
  readonly kind: 'name' | 'value'
  readonly at: string
  readonly value: unknown
  /** The text that follows `must be`. */
  readonly must: string
}

/** What a value must be. */
export interface OptionRule {
  readonly must: string
  /** True: the option can't be left out. */
  readonly isNeeded?: true
  find(value: unknown, at: string): Wrong | undefined
}

/** A rule for each option of a type. */
export type RulesOf<Options> = { readonly [Name in keyof Options]-?: OptionRule }
type Rules = Readonly<Record<string, OptionRule>>

/** A rule in words and as a check. */
export function ruleThat(must: string, holds: (value: unknown) => boolean): OptionRule {
  return {
    must,
    find: (value, at) => (holds(value) ? undefined : { kind: 'value', at, value, must }),
  }
}

/** The option is checked where it is used, since its rule needs more than the value. */
export const ELSEWHERE = ruleThat('', () => true)
/** Any value, but it must be given. */
export const GIVEN = needed(ruleThat('given', (value) => value !== undefined))
export const TEXT = ruleThat('a string', (value) => typeof value === 'string')
export const NAME = ruleThat('a non-empty string', (value) => {
  return typeof value === 'string' && value !== ''
})
/** A name that people read: it has more than spaces. */
export const LABEL = ruleThat('a string that is not blank', (value) => {
  return typeof value === 'string' && value.trim() !== ''
})
export const FLAG = ruleThat('true or false', (value) => typeof value === 'boolean')
export const NUMBER = ruleThat('a finite number', (value) => Number.isFinite(value))
export const COUNT = ruleThat('a positive whole number', isCount)
export const MILLISECONDS = ruleThat('a number of milliseconds, at least 1', (value) => {
  return typeof value === 'number' && Number.isFinite(value) && value >= 1
})
export const WHOLE = ruleThat('a whole number, 0 or more', (value) => isWhole(value, 0))
export const MS = ruleThat('a finite number of milliseconds above 0', (value) => {
  return Number.isFinite(value) && Number(value) > 0
})
export const FUNCTION = ruleThat('a function', (value) => typeof value === 'function')
/** Its result is used at once: a promise or a generator would be mistaken for the result. */
export const SYNC_FUNCTION = ruleThat('a function that is neither async nor a generator', (one) => {
  return typeof one === 'function' && !types.isAsyncFunction(one) && !types.isGeneratorFunction(one)
})
export const RECORD = ruleThat('an object', isRecord)
export const SIGNAL = ruleThat('an AbortSignal', isSignal)
export const CLOCK = shapeOf(
  'a clock: an object with now, wallNow, after, soon',
  ...['now', 'wallNow', 'after', 'soon'],
)

/** The same rule for an option that can't be left out. */
export function needed(rule: OptionRule): OptionRule {
  return { ...rule, isNeeded: true }
}

/** One of these strings. */
export function oneOf(...choices: readonly string[]): OptionRule {
  const all = choices.map((one) => `'${one}'`).join(' or ')
  const find: OptionRule['find'] = (value, at) => {
    if (choices.includes(value as string)) return undefined
    return { kind: 'value', at, value, must: hinted(all, value, choices) }
  }
  return { must: all, find }
}

/** A list whose items keep the rule. A string is refused, although its characters can be listed. */
export function listOf(rule: OptionRule, least: 0 | 1 = 0): OptionRule {
  const must = `a ${least === 0 ? '' : 'non-empty '}list in which each item is ${rule.must}`
  return {
    must,
    find: (value, at) => {
      if (!Array.isArray(value) || value.length < least) return { kind: 'value', at, value, must }
      for (let place = 0; place < value.length; place++) {
        const wrong = rule.find(value[place], `${at}[${place}]`)
        if (wrong !== undefined) return wrong
      }
      return undefined
    },
  }
}

/** An object whose values keep the rule, under any names. */
export function valuesOf(rule: OptionRule): OptionRule {
  const must = `an object in which each value is ${rule.must}`
  return {
    must,
    find: (value, at) => {
      if (!isRecord(value)) return { kind: 'value', at, value, must }
      return firstWrong(value, Object.fromEntries(Object.keys(value).map((one) => [one, rule])), at)
    },
  }
}

/**
 * An object with these names. `others` says whether it may have more: an unknown option is a typing
 * mistake, but the result of a user's function may have further names.
 */
export function recordOf<Options>(
  rules: RulesOf<Options>,
  must = 'an object',
  others: 'refused' | 'allowed' = 'refused',
): OptionRule {
  return {
    must,
    find: (value, at) => {
      if (!isRecord(value)) return { kind: 'value', at, value, must }
      const stranger = others === 'refused' ? strangeName(value, rules, at) : undefined
      return stranger ?? firstWrong(value, rules, at)
    },
  }
}

/** Checked by its members: a signal of another realm is as good. */
export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false
  return (
    typeof readFrom(value, 'aborted') === 'boolean' &&
    typeof readFrom(value, 'addEventListener') === 'function'
  )
}

/** An object with at least these methods, of a user's own class for example. */
export function shapeOf(must: string, ...methods: readonly string[]): OptionRule {
  return ruleThat(must, (value) => {
    if (typeof value !== 'object' || value === null) return false
    return methods.every((name) => typeof readFrom(value, name) === 'function')
  })
}

/** An object whose `kind` decides which names it has. `others`: as for `recordOf`. */
export function kindOf(
  kinds: Readonly<Record<string, Rules>>,
  others: 'refused' | 'allowed' = 'refused',
): OptionRule {
  const kind = oneOf(...Object.keys(kinds))
  const must = `an object of the kind ${kind.must}`
  return {
    must,
    find: (value, at) => {
      if (!isRecord(value)) return { kind: 'value', at, value, must }
      const wrong = kind.find(value.kind, joined(at, 'kind'))
      if (wrong !== undefined) return wrong
      const rules = { ...kinds[String(value.kind)], kind }
      return recordOf(rules, must, others).find(value, at)
    },
  }
}

/** A value that keeps the rule that `choose` returns for it. */
export function eitherOf(must: string, choose: (value: unknown) => OptionRule): OptionRule {
  return { must, find: (value, at) => choose(value).find(value, at) }
}

/** The first of `options` that breaks its rule, in the order of the rules. */
export function firstWrong(options: object, rules: Rules, at = ''): Wrong | undefined {
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(options, name)
    if (value === undefined && rule.isNeeded !== true) continue
    const wrong = rule.find(value, joined(at, name))
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/**
 * The first name in `options` that is not among `names`. An undefined option counts as left out.
 */
export function strangeName(
  options: object,
  names: Readonly<Record<string, unknown>>,
  at = '',
): Wrong | undefined {
  const known = Object.keys(names)
  const name = strangerIn(options, known)
  if (name === undefined) return undefined
  const must = hinted(`one of ${known.join(', ')}`, name, known)
  return { kind: 'name', at: joined(at, name), value: Reflect.get(options, name), must }
}

/** What is wrong, as a sentence. `whose` names the owner of the options. */
export function sentenceOf({ kind, at, value, must }: Wrong, whose = 'it'): string {
  if (kind === 'name') return `${whose} has an option '${at}', which must be ${must}`
  const what = whose === 'it' ? `its ${at}` : `${at} of ${whose}`
  return `${what} is ${describe(value)}, and must be ${must}`
}

function hinted(must: string, given: unknown, known: readonly string[]): string {
  const nearest = typeof given === 'string' ? nearestOf(given, known) : undefined
  return nearest === undefined ? must : `${must}; did you mean '${nearest}'?`
}

function joined(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`
}

export function isCount(value: unknown): boolean {
  return isWhole(value, 1)
}

export function isWhole(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least
}
