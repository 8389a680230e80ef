/** Tools that models call: defined with a schema, run with their results in the order of the calls. */
import pLimit from 'p-limit'
import * as z from 'zod'
import { problemOf } from '../errors.ts'
import { checkSchema, type Schema, type SchemaOutput } from '../messages/schema.ts'
import type { ToolCall, ToolResult, ToolSpec } from '../models/model.ts'
import { untilAborted } from '../until.ts'
import type { ChatContext } from './chat-agent.ts'
import type { AgentEvent, ChatMessage } from './messages.ts'
import { refuseChat } from './refusal.ts'

/** What a tool is told beside its arguments. */
export interface ToolContext {
  readonly callId: string
  /** The agent that runs it. */
  readonly agent: string
  /** The same text when the turn runs again: for effects outside that must not happen twice. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  /** The turn of the agent that runs it: for agents behind tools, which keep what they know in it. */
  readonly turn: ChatContext
  /** Shows what the tool does to whoever watches the run. */
  emit(item: AgentEvent | ChatMessage): void
}

/** What `tool` is told. */
export interface ToolOptions<S extends Schema> {
  /** Letters, digits, `_` and `-`: what models accept. */
  readonly name: string
  readonly description: string
  /** Of its arguments: an object. From zod, the model's JSON schema follows; for another library give `jsonSchema`. */
  readonly parameters: S
  readonly jsonSchema?: Readonly<Record<string, unknown>>
  /**
   * Beside which others of one answer it may run. `parallel` (the default): any. `serial`: any but another serial one. `exclusive`: none.
   */
  readonly mode?: 'parallel' | 'serial' | 'exclusive'
  /** What it returns is shown to the model: text as it is, other data as JSON. What it throws, as an error. */
  readonly run: (args: SchemaOutput<S>, context: ToolContext) => unknown
}

export interface Tool extends ToolSpec {
  readonly kind: 'tool'
  readonly mode: 'parallel' | 'serial' | 'exclusive'
  /** Runs it. Never rejects for what the tool or the model did wrong: that is a result. Rejects when the signal aborts. */
  call(call: ToolCall, context: ToolContext): Promise<ToolResult>
}

const NAME = /^[\w-]{1,64}$/

/** Defines a tool. Throws HEDDLE_INVALID_CHAT_AGENT. */
export function tool<S extends Schema>(options: ToolOptions<S>): Tool {
  const { name, description, parameters, mode = 'parallel', run } = options
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw refuseChat('tool', 'its name must be 1 to 64 letters, digits, _ or -', String(name))
  }
  const jsonSchema = options.jsonSchema ?? schemaOf(name, parameters)
  return Object.freeze({
    kind: 'tool',
    ...{ name, description, mode, parameters: jsonSchema },
    call: async (call: ToolCall, context: ToolContext) => {
      const answer = (content: string, isError: boolean): ToolResult => {
        return { callId: call.id, name, content, isError }
      }
      const args = argumentsOf(call, parameters)
      if (args.kind === 'refused') return answer(args.problem, true)
      try {
        const value = await untilAborted(
          Promise.resolve().then(() => run(args.value as never, context)),
          context.signal,
        )
        return answer(textOfResult(value), false)
      } catch (error) {
        context.signal.throwIfAborted()
        return answer(`Error: ${problemOf(error)}`, true)
      }
    },
  })
}

function schemaOf(name: string, parameters: Schema): Readonly<Record<string, unknown>> {
  if (parameters instanceof z.ZodType) return z.toJSONSchema(parameters) as Record<string, unknown>
  throw refuseChat('tool', 'its parameters are no zod schema; give jsonSchema beside them', name)
}

function argumentsOf(call: ToolCall, parameters: Schema) {
  let given: unknown
  try {
    given = call.arguments.trim() === '' ? {} : JSON.parse(call.arguments)
  } catch (error) {
    return refused(`Error: the arguments are no JSON: ${problemOf(error)}`)
  }
  const checked = checkSchema(parameters, given)
  if (checked.kind === 'valid') return { kind: 'given', value: checked.value } as const
  if (checked.kind === 'invalid')
    return refused(`Error: the arguments do not fit: ${checked.issues.join('; ')}`)
  return refused('Error: the schema of the arguments is asynchronous')
}

function refused(problem: string) {
  return { kind: 'refused', problem } as const
}

function textOfResult(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? '' : JSON.stringify(value)
}

/**
 * Runs the calls of one answer, each beside those that its mode allows, `most` at once. Results stand in the order of the calls.
 * `contextOf`: what each call is told.
 */
export async function runToolCalls(
  calls: readonly ToolCall[],
  tools: ReadonlyMap<string, Tool>,
  contextOf: (call: ToolCall) => ToolContext,
  most: number,
): Promise<ToolResult[]> {
  const limit = pLimit(most)
  const results = new Map<ToolCall, Promise<ToolResult>>()
  let before: Promise<unknown> = Promise.resolve()
  let serial: Promise<unknown> | undefined
  let together: Promise<unknown>[] = []
  for (const call of calls) {
    const own = tools.get(call.name)
    const run = () =>
      limit(() => own?.call(call, contextOf(call)) ?? Promise.resolve(unknown(call)))
    const mode = own?.mode ?? 'parallel'
    const others = mode === 'exclusive' ? together : mode === 'serial' ? [serial] : []
    const start = Promise.all([before, ...others])
    const result = start.then(run)
    results.set(call, result)
    result.catch(() => {}) // it is told below, with the first that fails
    if (mode === 'exclusive') {
      before = result
      serial = result
      together = []
    } else together.push(result)
    if (mode === 'serial') serial = result
  }
  return Promise.all(calls.map((call) => results.get(call) as Promise<ToolResult>))
}

function unknown({ id, name }: ToolCall): ToolResult {
  return { callId: id, name, content: `Error: there is no tool '${name}'`, isError: true }
}
