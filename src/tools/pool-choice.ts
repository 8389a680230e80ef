/** With which options the process gets its pool of tools: those of the runtimes that run. */
import { isDeepStrictEqual } from 'node:util'
import { invalidOption } from '../option-check.ts'
import { isInUse } from './main-part.ts'
import { checkPool, type ToolPoolOptions } from './pool-options.ts'

let chosen: ToolPoolOptions = {}

/**
 * Called before a runtime begins. `env` is for options without one. While another runtime runs, its
 * options count. Throws HEDDLE_INVALID_OPTION, also for options that differ from those.
 */
export function choosePool(
  given: ToolPoolOptions | undefined,
  env: ToolPoolOptions['env'] | undefined,
): void {
  const options = given === undefined ? undefined : checkPool(given)
  const own = env === undefined ? (options ?? {}) : { env, ...options }
  if (!isInUse()) chosen = own
  else if (options !== undefined && !isDeepStrictEqual(own, chosen)) {
    const rule =
      'that of the runtime that runs already, or left out: a process has one pool of tools'
    throw invalidOption('toolPool', given, rule)
  }
}

export function chosenPool(): ToolPoolOptions {
  return chosen
}
