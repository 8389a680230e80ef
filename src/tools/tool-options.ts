/** What every tool has in its options, and the check of it. */
import { types } from 'node:util'
import { isRecord } from '../describe.ts'
import { describe, problemOf } from '../errors.ts'
import {
  asObjectSchema,
  checkWith,
  type JsonSchema,
  jsonSchemaOf,
} from '../messages/json-schema.ts'
import type { Schema, SchemaOutput } from '../messages/schema.ts'
import { sentenceOf, strangeName } from '../option-rules.ts'
import { refuseTool } from './tool-refusal.ts'

/** Which other calls may run beside a call. */
export type ToolMode = 'parallel' | 'serial' | 'exclusive'

/** What a tool is given beside its arguments. */
export interface ToolContext {
  readonly callId: string
  /** The agent that runs the tool; empty where there is none. */
  readonly agent: string
  /** The same text when the turn runs again: for external effects that must not happen twice. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  /**
   * Shows how far the tool is, while it runs. Nothing is shown once the call is over. Throws
   * HEDDLE_INVALID_TOOL for a value that JSON does not carry.
   */
  readonly progress: (value: unknown) => void
}

/** The options of a tool whose `run` gets a context of the type `Context`. */
export interface ToolOptions<S extends Schema, Context extends ToolContext = ToolContext> {
  /** Letters, digits, `_` and `-`: what models accept. */
  readonly name: string
  readonly description: string
  /**
   * The schema of the arguments, which are an object. The model is shown its input side: members
   * with a default are not required, and a transform is shown as its input. zod and other libraries
   * with Standard JSON Schema describe this themselves.
   */
  readonly parameters: S
  /** For a schema that can't describe itself, and in place of its own description. */
  readonly jsonSchema?: JsonSchema
  /**
   * Which other calls of the same answer may run beside a call. `parallel` (the default): any.
   * `serial`: any but another serial one. `exclusive`: none.
   */
  readonly mode?: ToolMode
  /**
   * Runs the tool. Its return value is shown to the model: text as it is, nothing as `(nothing)`,
   * what `toolContent` gives as its parts, other values as JSON, with readable forms of bigints,
   * maps, sets, errors and bytes. What it throws is shown as an error.
   */
  readonly run: (args: SchemaOutput<S>, context: Context) => unknown
}

/** The options of any tool, without their type parameters. */
export type AnyToolOptions = Omit<ToolOptions<Schema>, 'run'> & { readonly run: unknown }

const NAME = /^[\w-]{1,64}$/
const MODES = ['parallel', 'serial', 'exclusive']

/**
 * Checks what all tools have, and returns the JSON schema that a model is shown. `names` are all
 * options that there may be. Throws HEDDLE_INVALID_TOOL and HEDDLE_ASYNC_SCHEMA.
 */
export function checkTool(
  options: AnyToolOptions,
  names: Readonly<Record<string, unknown>>,
): JsonSchema {
  if (!isRecord(options)) {
    throw refuseTool(`its options are ${describe(options)}, and must be an object`)
  }
  const { name, description, mode = 'parallel', run } = options
  const stranger = strangeName(options, names)
  if (stranger !== undefined) throw refuseTool(sentenceOf(stranger), name)
  checkToolName(name)
  if (typeof description !== 'string') {
    throw refuseTool(`its description is ${describe(description)}`, name)
  }
  if (typeof run !== 'function') {
    throw refuseTool(`its run is ${describe(run)}, and must be a function`, name)
  }
  if (types.isGeneratorFunction(run)) {
    const mend = 'return one value, such as a list of all of them'
    throw refuseTool(`its run is a generator function; ${mend}`, name)
  }
  if (!MODES.includes(mode)) {
    throw refuseTool(`its mode is ${describe(mode)}, and must be one of ${MODES.join(', ')}`, name)
  }
  return parametersOf(options)
}

/** Names that every object has, as `constructor`, are refused: tools are kept by name. */
function checkToolName(name: unknown): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw refuseTool('its name must be 1 to 64 letters, digits, _ or -', name)
  }
  if (!(name in {})) return
  throw refuseTool('every JavaScript object has a member of its name; choose another', name)
}

function parametersOf({ name, parameters, jsonSchema }: AnyToolOptions): JsonSchema {
  const refuse = (problem: string) => refuseTool(problem, name)
  const shown = jsonSchemaOf(parameters, parametersText(name), jsonSchema)
  if (shown.kind === 'refused') throw refuse(`the schema of its parameters ${shown.problem}`)
  if (shown.kind === 'unknown') {
    throw refuse("the schema of its parameters can't say what it takes; give jsonSchema beside it")
  }
  const schema = asObjectSchema(shown.jsonSchema)
  if (schema !== undefined) return schema
  throw refuse('its parameters must be an object with a member for each, as in z.object({ … })')
}

export type Arguments =
  | { readonly kind: 'given'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly problem: string }

/** The arguments that a model gave, checked. A problem is worded for the model. */
export function argumentsOf(text: string, parameters: Schema, tool: string): Arguments {
  let given: unknown
  try {
    given = text.trim() === '' ? {} : JSON.parse(text)
  } catch (error) {
    return { kind: 'refused', problem: `Error: the arguments are no JSON: ${problemOf(error)}` }
  }
  const checked = checkWith(parameters, given, parametersText(tool))
  if (checked.kind === 'valid') return { kind: 'given', value: checked.value }
  return { kind: 'refused', problem: `Error: the arguments do not fit: ${checked.problem}` }
}

export function parametersText(name: string): string {
  return `the parameters of the tool '${name}'`
}
