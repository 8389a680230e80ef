/**
 * Checks that a model client has the members of its interface, before an agent or a flow is made
 * with it.
 */
import { describe } from '../../errors.ts'
import type { ModelCapabilities, ModelClient } from '../../models/model.ts'
import type { NamesOf } from '../messages/options.ts'

const CAPABILITIES: NamesOf<ModelCapabilities> = {
  tools: true,
  vision: true,
  structuredOutput: true,
}

/** Throws what `refuse` makes of the problem, which names the client and what it lacks. */
export function checkClient(
  model: unknown,
  refuse: (problem: string) => Error,
): asserts model is ModelClient {
  if (model === undefined || model === null) throw refuse('it has no model')
  if (typeof model !== 'object' && typeof model !== 'function') {
    throw refuse(`its model is ${describe(model)}, and must be a ModelClient`)
  }
  const { name, capabilities, create, countTokens, stream, contextTokens } =
    model as Partial<ModelClient>
  const wrap = wrapperOf(model)
  if (wrap !== undefined && typeof create !== 'function') throw refuse(`its model is ${wrap}`)
  const mend = (what: string, value: unknown, must: string) => {
    const client = typeof name === 'string' ? `its model '${name}'` : 'its model'
    const lacks =
      value === undefined ? `has no ${what}, which` : `has ${describe(value)} as ${what}, which`
    return refuse(`${client} ${lacks} must be ${must}`)
  }
  if (typeof name !== 'string') throw mend('name', name, 'a string')
  const functions = { create, countTokens, ...(stream !== undefined && { stream }) }
  for (const [what, one] of Object.entries(functions)) {
    if (typeof one !== 'function') throw mend(what, one, 'a function')
  }
  if (contextTokens !== undefined && !isTokenLimit(contextTokens)) {
    throw mend('contextTokens', contextTokens, 'a number above 0, or left out')
  }
  const known = Object.keys(CAPABILITIES)
  if (typeof capabilities !== 'object' || capabilities === null) {
    throw mend(
      'capabilities',
      capabilities,
      `an object that says of ${known.join(', ')} whether it can`,
    )
  }
  for (const what of known) {
    const can: unknown = Reflect.get(capabilities, what)
    if (typeof can !== 'boolean') throw mend(`capabilities.${what}`, can, 'true or false')
  }
}

/** What of other packages is often given in place of a client, and what makes one of it. */
function wrapperOf(model: object): string | undefined {
  if ('specificationVersion' in model) {
    return 'a model of the AI SDK; give aiSdkModel(model), of heddle/ai-sdk'
  }
  if (!('chat' in model && 'completions' in Object(model.chat))) return undefined
  return "a client of the package 'openai'; give openaiModel({ model: '…' }), of heddle/openai"
}

/** Whether a value is valid as the number of tokens that a model can be shown. */
export function isTokenLimit(value: unknown): boolean {
  return typeof value === 'number' && value > 0
}
