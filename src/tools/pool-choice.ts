/** With which options the process gets its pool of tools: those of the runtimes that run. */
import { isDeepStrictEqual } from 'node:util'
import { invalidOption } from '../option-check.ts'
import { hasPart, isInUse } from './main-part.ts'
import { checkPool, type ToolPoolOptions } from './pool-options.ts'

let chosen: ToolPoolOptions = {}

/**
 * Called before a runtime begins. `env` is for options without one. While another runtime runs, its
 * options count: a `laneEnv` that differs is a warning. Throws HEDDLE_INVALID_OPTION, also for
 * options that differ from those.
 */
export function choosePool(
  given: ToolPoolOptions | undefined,
  env: ToolPoolOptions['env'] | undefined,
): void {
  const options = given === undefined ? undefined : checkPool(given)
  const own = env === undefined ? (options ?? {}) : { env, ...options }
  if (!isInUse()) {
    chosen = own
    return
  }
  const differing = Object.keys({ ...own, ...chosen }).find((name) => {
    return !isDeepStrictEqual(Reflect.get(own, name), Reflect.get(chosen, name))
  })
  if (differing === undefined) return
  if (options !== undefined) {
    const option = differing === 'env' && options.env === undefined ? 'laneEnv' : 'toolPool'
    throw invalidOption(option, given, `as in the runtime that runs already, ${ONE_POOL}`)
  }
  if (env === undefined || !hasPart('tools')) return
  const what = `tools of a runtime do not get its laneEnv, but that of the one that runs already, ${ONE_POOL}`
  process.emitWarning(what, { type: 'HeddleWarning', code: 'HEDDLE_TOOL_ENV' })
}

const ONE_POOL = 'since a process has one pool of tools'

export function chosenPool(): ToolPoolOptions {
  return chosen
}
