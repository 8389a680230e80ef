/** Functions where they are given: what can be seen of one before it is called. */
import { types } from 'node:util'
import { describe } from '../errors.ts'

/** Why it can't be called for what it does; undefined: it can. */
export function problemOfFunction(value: unknown): string | undefined {
  if (typeof value !== 'function') return `${describe(value)}, and no function`
  if (types.isGeneratorFunction(value))
    return 'a generator, which nobody would run; let it be async'
  return undefined
}

/**
 * Why it can't be asked; undefined: it can. What shows only when it is asked is refused by
 * `askPredicate`.
 */
export function problemOfPredicate(value: unknown): string | undefined {
  if (types.isGeneratorFunction(value)) return 'a generator, which is always true'
  if (types.isAsyncFunction(value)) return 'asynchronous, and a promise is always true'
  return problemOfFunction(value)
}
