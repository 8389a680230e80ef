/**
 * Tools that models call: defined with a schema of their arguments. A call gives a result, also
 * when it fails.
 */
import { types } from 'node:util'
import { readFrom, thrownText } from '../../describe.ts'
import { describe, problemOf } from '../../errors.ts'
import { jsonText } from '../../json-text.ts'
import type { Schema, SchemaOutput } from '../../messages/schema.ts'
import type { ToolCall, ToolResult, ToolSpec } from '../../models/model.ts'
import { callOut } from '../agents/call-out.ts'
import type { AgentEvent, ChatMessage } from '../messages/chat-message.ts'
import {
  asObjectSchema,
  checkWith,
  type JsonSchema,
  jsonSchemaOf,
} from '../messages/json-schema.ts'
import { checkNames, checkOwnName, type NamesOf } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import { partsIn } from './tool-content.ts'

/** What a tool is given beside its arguments. */
export interface ToolContext {
  readonly callId: string
  /** The agent that runs the tool. */
  readonly agent: string
  /** The same text when the turn runs again: for external effects that must not happen twice. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  /**
   * Shows what the tool does to the watchers of the run. Throws HEDDLE_INVALID_CHAT_AGENT for a
   * value that is neither an event nor a message.
   */
  emit(item: AgentEvent | ChatMessage): void
}

/** The options of `tool`. */
export interface ToolOptions<S extends Schema> {
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
  readonly mode?: 'parallel' | 'serial' | 'exclusive'
  /**
   * Runs the tool. Its return value is shown to the model: text as it is, nothing as `(nothing)`,
   * what `toolContent` gives as its parts, other values as JSON, with readable forms of bigints,
   * maps, sets, errors and bytes. What it throws is shown as an error.
   */
  readonly run: (args: SchemaOutput<S>, context: ToolContext) => unknown
}

export interface Tool extends ToolSpec {
  readonly kind: 'tool'
  readonly mode: 'parallel' | 'serial' | 'exclusive'
  /**
   * Runs the tool. Never rejects for an error of the tool or the model: that is a result. Rejects
   * when the signal aborts, and with HEDDLE_ASYNC_SCHEMA.
   */
  call(call: ToolCall, context: ToolContext): Promise<ToolResult>
}

const NAME = /^[\w-]{1,64}$/

const NAMES: NamesOf<ToolOptions<Schema>> = {
  name: true,
  description: true,
  parameters: true,
  jsonSchema: true,
  mode: true,
  run: true,
}

const MODES = ['parallel', 'serial', 'exclusive']

/**
 * Defines a tool. Throws HEDDLE_INVALID_CHAT_AGENT, also for parameters that are not an object,
 * that take what JSON does not carry, as `z.date()` does, or that can't describe what they take and
 * have no `jsonSchema`. Throws HEDDLE_ASYNC_SCHEMA for parameters that check asynchronously; where
 * only a check shows that, `call` rejects with it, and so the run fails.
 */
export function tool<S extends Schema>(options: ToolOptions<S>): Tool {
  checkNames<ToolOptions<S>>('tool', options, NAMES)
  const { name, description, parameters, mode = 'parallel', run } = options
  const refuse = (problem: string) => refuseChat('tool', problem, String(name))
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw refuse('its name must be 1 to 64 letters, digits, _ or -')
  }
  checkOwnName('tool', name)
  if (typeof description !== 'string') throw refuse(`its description is ${describe(description)}`)
  if (typeof run !== 'function') throw refuse(`its run is ${describe(run)}, and must be a function`)
  if (types.isGeneratorFunction(run)) {
    throw refuse(`its run is a generator function; return one value, such as a list of all of them`)
  }
  if (!MODES.includes(mode)) {
    throw refuse(`its mode is ${describe(mode)}, and must be one of ${MODES.join(', ')}`)
  }
  const jsonSchema = parametersOf(parameters, name, options.jsonSchema, refuse)
  return Object.freeze({
    kind: 'tool',
    name,
    description,
    mode,
    parameters: jsonSchema,
    call: async (call: ToolCall, context: ToolContext) => {
      const answer = (content: ToolResult['content'], isError: boolean): ToolResult => {
        return { callId: call.id, name, content, isError }
      }
      const args = argumentsOf(call, parameters)
      if (args.kind === 'refused') return answer(args.problem, true)
      try {
        const value = await callOut(context.signal, () => run(args.value as never, context))
        const unshown = unshownIn(value)
        return unshown === undefined
          ? answer(contentOf(value), false)
          : answer(`Error: the tool ran, and gave ${unshown}`, true)
      } catch (error) {
        context.signal.throwIfAborted()
        return answer(`Error: ${thrownText(error)}`, true)
      }
    },
  })
}

/** Whether a value is a tool: made by `tool`, or of the same shape. */
export function isTool(value: unknown): value is Tool {
  const { kind, name, call } = Object(value) as Partial<Tool>
  return kind === 'tool' && typeof name === 'string' && typeof call === 'function'
}

function parametersOf(
  parameters: unknown,
  name: string,
  given: JsonSchema | undefined,
  refuse: (problem: string) => Error,
): JsonSchema {
  const shown = jsonSchemaOf(parameters, parametersText(name), given)
  if (shown.kind === 'refused') throw refuse(`the schema of its parameters ${shown.problem}`)
  if (shown.kind === 'unknown') {
    throw refuse("the schema of its parameters can't say what it takes; give jsonSchema beside it")
  }
  const schema = asObjectSchema(shown.jsonSchema)
  if (schema !== undefined) return schema
  throw refuse('its parameters must be an object with a member for each, as in z.object({ … })')
}

function argumentsOf(call: ToolCall, parameters: Schema) {
  let given: unknown
  try {
    given = call.arguments.trim() === '' ? {} : JSON.parse(call.arguments)
  } catch (error) {
    return refused(`Error: the arguments are no JSON: ${problemOf(error)}`)
  }
  const checked = checkWith(parameters, given, parametersText(call.name))
  if (checked.kind === 'valid') return { kind: 'given', value: checked.value } as const
  return refused(`Error: the arguments do not fit: ${checked.problem}`)
}

function parametersText(name: string): string {
  return `the parameters of the tool '${name}'`
}

function refused(problem: string) {
  return { kind: 'refused', problem } as const
}

/**
 * For a value whose content has not been read yet: its kind, and what to return in its place.
 * Undefined: the value can be shown.
 */
function unshownIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (tag === 'Response' || tag === 'Request' || tag === 'Blob' || tag === 'File') {
    return `a ${tag} that nobody has read; return what it holds, as \`await it.text()\` gives it`
  }
  const mend = 'return a string, or a list of everything that it yields'
  if (readFrom(value, Symbol.asyncIterator) !== undefined) return `an async iterable; ${mend}`
  return typeof readFrom(value, 'next') === 'function' && Symbol.iterator in value
    ? `an iterator; ${mend}`
    : undefined
}

/** Some providers refuse a result without text. */
function contentOf(value: unknown): ToolResult['content'] {
  if (typeof value === 'string') return value
  const parts = partsIn(value)
  if (parts !== undefined) return parts
  return value === undefined ? '(nothing)' : jsonText(value)
}
